"""Reading a TOML file so that every mistake in it is told with file, table, key and what was expected."""

import math
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Final, NoReturn, TypeGuard

from services.errors import StartError

LARGEST_FILE_BYTES: Final = 1024 * 1024
_LONGEST_TEXT: Final = 2000
_LONGEST_SHOWN: Final = 80


class Table:
    """One table of a TOML file. Each key is read once; `finish` refuses those that nobody asked for."""

    def __init__(self, path: Path, name: str, values: dict[str, object]) -> None:
        self.path = path
        self.name = name
        self._values = values
        self._read: set[str] = set()

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the table's keys in the order of the file."""
        return tuple(self._values)

    def has(self, key: str) -> bool:
        """Tell whether the table has `key`."""
        self._read.add(key)
        return key in self._values

    def refuse(self, key: str, expected: str) -> NoReturn:
        """Raise StartError: `key` of this table is not as `expected`."""
        found = f", found {_shown(self._values[key])}" if key in self._values else ", which is missing"
        raise StartError("bad_catalog", f"{self.path}: [{self.name}] {key}: expected {expected}{found}")

    def value(self, key: str) -> object:
        """Return the raw value of `key`, None where it is missing."""
        self._read.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text that is not blank."""
        value = self.value(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
            self.refuse(key, f"a text of 1..{_LONGEST_TEXT} characters")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self.value(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(key, "true or false")
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number in `low`..`high`."""
        value = self.value(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"a whole number in {low}..{high}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        """Return a number in `low`..`high`."""
        value = self.value(key)
        if not is_number(value) or not low <= value <= high:
            self.refuse(key, f"a number in {low:g}..{high:g}")
        return float(value)

    def one_of(self, key: str, allowed: Iterable[str]) -> str:
        """Return one of the `allowed` words."""
        value, words = self.value(key), tuple(allowed)
        if not isinstance(value, str) or value not in words:
            close = get_close_matches(str(value), words, n=1)
            self.refuse(key, ", ".join(words) + (f" (did you mean {close[0]}?)" if close else ""))
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of different texts; empty where the key is missing."""
        value = self.value(key)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [None]
        texts = tuple(item for item in items if isinstance(item, str) and item.strip())
        if len(texts) != len(items) or len(set(texts)) != len(texts):
            self.refuse(key, "a list of different texts")
        return texts

    def table(self, key: str) -> "Table":
        """Return the table below `key`; an empty one where the key is missing."""
        value = self.value(key)
        if value is not None and not isinstance(value, dict):
            self.refuse(key, "a table")
        return Table(self.path, f"{self.name}.{key}".removeprefix("."), value or {})

    def tables(self, key: str) -> tuple["Table", ...]:
        """Return the tables of an array of tables (`[[key]]`), of which there must be one at least."""
        value = self.value(key)
        if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f"one or more tables, written [[{key}]]")
        name = f"{self.name}.{key}".removeprefix(".")
        return tuple(Table(self.path, f"{name} {number}", item) for number, item in enumerate(value, start=1))

    def finish(self) -> None:
        """Raise StartError for a key that is not read by anybody: a misspelling does nothing silently."""
        for key in self._values:
            if key not in self._read:
                close = get_close_matches(key, self._read, n=1)
                hint = (
                    f"did you mean {close[0]}?" if close else f"known keys: {', '.join(sorted(self._read))}"
                )
                raise StartError(
                    "bad_catalog", f"{self.path}: [{self.name}] {_clip(key)}: unknown key; {hint}"
                )


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether `value` is a finite number; TOML has nan, inf and true."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def open_toml(path: Path) -> Table:
    """Return the root table of the file at `path`.

    Raises StartError for one that is missing, unreadable, over 1 MiB, not UTF-8 or no TOML (with line and column).
    """
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise StartError("bad_catalog", f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > LARGEST_FILE_BYTES:
        raise StartError("bad_catalog", f"{path}: expected at most {LARGEST_FILE_BYTES} bytes")
    try:
        # A byte order mark is an editor's habit and changes nothing.
        return Table(path, "", tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise StartError("bad_catalog", f"{path}: expected UTF-8, byte {error.start} is not") from error
    except tomllib.TOMLDecodeError as error:
        raise StartError("bad_catalog", f"{path}: expected TOML: {error}") from error
    except RecursionError:
        raise StartError("bad_catalog", f"{path}: expected TOML: nested too deeply") from None


def _shown(value: object) -> str:
    return _clip(repr(value))


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
