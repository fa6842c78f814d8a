import subprocess
import sys

HEAVY = ("PIL", "pyvips", "cryptography", "obstore")
LIGHT = (
    "services.codes", "services.recipes", "services.secrets", "services.images.fit", "services.images.guard",
    "services.images.metadata", "services.images.pixels", "services.images.sheets", "services.images.store",
    "services.images.folder_store", "services.images.thumbnails", "services.opened_store",
)  # fmt: skip


def test_importing_the_modules_loads_no_imaging_and_no_cipher_library() -> None:
    program = f"import sys, {', '.join(LIGHT)}; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"
