"""Keys that a test uses are canaries: fake, of their vendor's form, and with a mark of this run in each of them.

After every test its log and its files are searched for the mark, as it is and as base64 and hex: no line of any level
of ours, no field or traceback of one, nothing printed, no database, transcript or picture may hold it, except

    master.key, providers.json   which hold keys on purpose
    a transcript's frames        where people typed a key into a form; what the bot said is searched

The raw record is searched, before our log's formats mask anything in it: masks are for what gets past this.
"""

import base64
import logging
import secrets
import sys
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest

_MARK: Final = f"{secrets.token_hex(4)}-{secrets.token_hex(2)}-"
"""The beginning of a UUID: keys of all vendors may hold it, and nothing else does by accident."""

LARGEST_BYTES: Final = 50 * 1024 * 1024
OURS: Final = ("bot", "cli", "cogs", "db", "services")
"""Loggers that are heard at every level; of the others what is written at theirs."""
MAY_HOLD_KEYS: Final = ("master.key", "providers.json")
TRANSCRIPT: Final = "transcript"
SAID_BY_THE_BOT: Final = b'"kind": "request"', b'"kind":"request"'

_STAND_INS: Final = "playground.providers.app"


def canary_key(provider: str) -> str:
    """Return a new fake key in a provider's form: "fal", "bfl", "modelslab", "openai", or any other word."""
    name = f"{_MARK}4{secrets.token_hex(2)[1:]}-a{secrets.token_hex(2)[1:]}-{secrets.token_hex(6)}"
    forms = {"fal": f"{name}:{secrets.token_hex(16)}", "openai": f"sk-proj-{name}{secrets.token_hex(16)}"}
    return forms.get(provider, name)


def _written_forms(mark: str) -> tuple[bytes, ...]:
    """Return the ways in which a mark may be written; base64 has one for each place in a group of three bytes."""
    raw = mark.encode()
    in_base64 = {base64.b64encode(bytes(shift) + raw)[4 * (shift > 0) : -4] for shift in range(3)}
    return raw, raw.hex().encode(), raw.hex().upper().encode(), *in_base64


_FORMS: Final = _written_forms(_MARK)


def holds_canary(data: bytes | str) -> bool:
    """Return whether some canary stands in there, in any of its forms."""
    searched = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    return any(form in searched for form in _FORMS)


def _parts_of(record: logging.LogRecord) -> Iterator[str]:
    """Yield everything that a format could write of a record."""
    try:
        yield record.getMessage()
    except (TypeError, ValueError, KeyError):
        yield str(record.msg)
    yield repr(record.args)
    yield from (str(value) for name, value in record.__dict__.items() if name not in _PLAIN)
    if record.exc_info and record.exc_info[1] is not None:
        yield "".join(traceback.format_exception(record.exc_info[1]))


_PLAIN: Final = frozenset(logging.makeLogRecord({}).__dict__)


class Watch(logging.Handler):
    """Remembers where records came from that hold a canary; never what they said."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.leaks: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one record."""
        if any(holds_canary(part) for part in _parts_of(record)):
            self.leaks.add(f"the log: {record.name}, {record.filename}:{record.lineno}")

    def join(self) -> None:
        """Listen; a test that set the log up may have taken every handler away."""
        for name in (*OURS, None):
            logger = logging.getLogger(name)
            if self not in logger.handlers:
                logger.addHandler(self)

    def take(self) -> set[str]:
        """Return what was found since the last time."""
        found, self.leaks = self.leaks, set()
        return found


def leaks_in_files(folder: Path) -> list[str]:
    """Return the files below a folder that hold a canary and must not."""
    found = []
    for path in sorted(folder.rglob("*")):
        is_searched = path.is_file() and not path.is_symlink() and not path.name.startswith(MAY_HOLD_KEYS)
        if is_searched and path.stat().st_size <= LARGEST_BYTES and _leaks(path):
            found.append(f"a file: {path.relative_to(folder)}")
    return found


def _leaks(path: Path) -> bool:
    data = path.read_bytes()
    if not holds_canary(data):
        return False
    if not path.name.startswith(TRANSCRIPT):
        return True
    said = (line for line in data.splitlines() if any(mark in line for mark in SAID_BY_THE_BOT))
    return any(holds_canary(line) for line in said)


class Plugin:
    """Fails every test after which a canary stands somewhere."""

    def __init__(self) -> None:
        self._watch = Watch()
        for name in OURS:
            logging.getLogger(name).setLevel(logging.DEBUG)

    @pytest.hookimpl
    def pytest_collection_finish(self) -> None:
        """Let every stand-in that opens in this process have canaries for its keys."""
        stand_ins = sys.modules.get(_STAND_INS)
        if stand_ins is not None:
            stand_ins._new_key = canary_key  # type: ignore[attr-defined] # a module by its name

    @pytest.hookimpl
    def pytest_runtest_setup(self) -> None:
        """Listen."""
        self._watch.join()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Search once every fixture is closed."""
        folder = getattr(item, "funcargs", {}).get("tmp_path")
        yield
        found = sorted(self._watch.take())
        if isinstance(folder, Path):
            found += leaks_in_files(folder)
        printed = (text for _, title, text in item._report_sections if title in ("stdout", "stderr"))
        if any(holds_canary(text) for text in printed):
            found.append("what was printed")
        if found:
            pytest.fail("a key stands in " + "; in ".join(found), pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Watch the whole run."""
    config.pluginmanager.register(Plugin(), "canary-watch")
