import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CASES = {
    "skip": "import pytest\ndef test_x() -> None:\n    pytest.skip('no database')\n",
    "skip mark": "import pytest\n@pytest.mark.skip(reason='later')\ndef test_x() -> None: ...\n",
    "module": "import pytest\npytest.skip('no browser', allow_module_level=True)\n",
    "missing package": "import pytest\npytest.importorskip('no_such_package')\n",
    "expected failure": "import pytest\n@pytest.mark.xfail\ndef test_x() -> None:\n    assert False\n",
    "unexpected success": "import pytest\n@pytest.mark.xfail\ndef test_x() -> None: ...\n",
}
SPECS = "import pytest\ndef test_x() -> None:\n    pytest.skip('DISCORD_SPECS is not set')\n"


def end_of(folder: Path, source: str, *, required: bool) -> int:
    (folder / "test_sample.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LIMNER_REQUIRE_ALL": "1" if required else "0"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.require_all", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, "test_sample.py"], cwd=folder, env=environment, capture_output=True, check=False
    )
    return ended.returncode


@pytest.mark.parametrize("case", CASES)
def test_a_test_that_is_left_out_fails_where_everything_is_required(tmp_path: Path, case: str) -> None:
    assert end_of(tmp_path, CASES[case], required=True) not in (0, 5)


def test_a_skip_stays_a_skip_elsewhere(tmp_path: Path) -> None:
    assert end_of(tmp_path, CASES["skip"], required=False) == 0


@pytest.mark.parametrize("source", [SPECS, "def test_x() -> None: ...\n"])
def test_allows_passed_tests_and_those_that_need_the_specs(tmp_path: Path, source: str) -> None:
    assert end_of(tmp_path, source, required=True) == 0
