"""The feature file: loaded and checked once, then faces are drawn from it by seed."""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from services.errors import StartError, UserError
from services.feature_rules import Features, Problem, Value, read_features
from services.json_positions import JsonError, line_and_column, read_json
from services.models import MAX_SEED, DrawnFeature, Face, FeatureKey

MAX_FILE_BYTES: Final = 1_000_000
NO_CHOICES: Final[Mapping[FeatureKey, str]] = MappingProxyType({})

_MAX_PROBLEMS_SHOWN: Final = 10
_BYTE_ORDER_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class FeatureFileError(StartError):
    """The feature file cannot be used; the message has one line a problem: file, line:column, pointer, remedy."""


class _Stream(NamedTuple):
    """One feature's draw, prepared: what is hashed after the seed, and the values under their summed weights."""

    key: FeatureKey
    label: bytes
    sums: tuple[int, ...]
    total: int
    drawn: tuple[DrawnFeature, ...]


@dataclass(frozen=True, slots=True)
class FeatureFile:
    """A checked feature file. `digest` is the SHA-256 (hex) of its content, whatever its layout; equal by it."""

    digest: str
    features: Mapping[FeatureKey, tuple[Value, ...]] = field(compare=False)
    _streams: tuple[_Stream, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare the draw of each feature."""
        streams = tuple(_prepare(key, values) for key, values in self.features.items())
        object.__setattr__(self, "_streams", streams)

    def keys_of(self, category: str) -> tuple[FeatureKey, ...]:
        """Return the features of a category in file order, () if there is none of that name."""
        return tuple(key for key in self.features if key.category == category)

    def draw(self, prompt_seed: int) -> Face:
        """Return the face of a seed, one value of each feature; see `draw_face`."""
        prefix = b"%d" % prompt_seed
        sha256, from_bytes = hashlib.sha256, int.from_bytes
        return tuple(
            [
                # 64 bits on at most 200,000 units of weight: the modulo favours no value by more than 1 in 10**13.
                drawn[bisect_right(sums, from_bytes(sha256(prefix + label).digest()[:8], "big") % total)]
                for _, label, sums, total, drawn in self._streams
            ]
        )


def _prepare(key: FeatureKey, values: tuple[Value, ...]) -> _Stream:
    sums = tuple(accumulate(value.weight for value in values))
    drawn = tuple(DrawnFeature(*key, value.text) for value in values)
    return _Stream(key, f":{key.category}:{key.name}".encode(), sums, sums[-1], drawn)


def _read_bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise _error(path, "expected a file, found a directory")
        if path.exists() and not path.is_file():
            raise _error(path, "expected an ordinary file, found a device or pipe")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError as error:
        raise _error(path, "there is no such file; expected the JSON file of facial features") from error
    except (OSError, ValueError) as error:
        # ValueError is Python's word for a NUL in the path.
        raise _error(path, f"cannot be read: {error}") from error
    if len(content) > MAX_FILE_BYTES:
        raise _error(path, f"expected at most {MAX_FILE_BYTES:,} bytes, found more")
    return content


def _decode(path: Path, content: bytes) -> str:
    if content.startswith(_BYTE_ORDER_MARKS):
        raise _error(path, "expected UTF-8 without a byte order mark; save the file as plain UTF-8", 1, 1)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8")
        line, column = line_and_column(before, len(before))
        found = f"the byte 0x{content[error.start]:02x}"
        raise _error(path, f"expected UTF-8, found {found}", line, column) from error
    if not text.strip():
        raise _error(path, "expected a JSON object of categories, found an empty file", 1, 1)
    return text


def _error(path: Path, message: str, line: int = 0, column: int = 0) -> FeatureFileError:
    place = f"{path}:{line}:{column}" if line else str(path)
    return FeatureFileError("bad_feature_file", f"{place}: {message}", line=line, column=column)


def _report(path: Path, text: str, problems: list[Problem]) -> FeatureFileError:
    """Return one error of all problems, a line each, first those first in the file."""
    lines = []
    for problem in problems[:_MAX_PROBLEMS_SHOWN]:
        line, column = line_and_column(text, problem.offset)
        hint = f"; {problem.hint}" if problem.hint else ""
        where = problem.pointer or "(the whole file)"
        place = f"{path}:{line}:{column}: {where}"
        lines.append(f"{place}: expected {problem.expected}, found {problem.found}{hint}")
    if len(problems) > _MAX_PROBLEMS_SHOWN:
        lines.append(f"{path}: and {len(problems) - _MAX_PROBLEMS_SHOWN} more problems")
    line, column = line_and_column(text, problems[0].offset)
    return FeatureFileError("bad_feature_file", "\n".join(lines), line=line, column=column)


def _digest(features: Features) -> str:
    """Return the SHA-256 of the content: names, values and weights in their order, not spaces or long forms."""
    content = [[*key, [list(value) for value in values]] for key, values in features.items()]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode("ascii")).hexdigest()


def load_feature_file(path: Path) -> FeatureFile:
    """Return the feature file, checked; blocking, so called at the start only.

    Raises `FeatureFileError` with every problem: file, line:column, JSON pointer, what was expected, what was found.
    A byte order mark is refused, as JSON allows none. *Source:* RFC 8259, section 8.1.
    """
    text = _decode(path, _read_bytes(path))
    try:
        root = read_json(text)
    except JsonError as error:
        found = Problem(error.offset, error.pointer, error.expected, error.found, error.hint)
        raise _report(path, text, [found]) from error
    features, problems = read_features(root)
    if problems:
        raise _report(path, text, problems)
    return FeatureFile(_digest(features), MappingProxyType(features))


def draw_face(
    feature_file: FeatureFile, prompt_seed: int, *, chosen: Mapping[FeatureKey, str] = NO_CHOICES
) -> Face:
    """Return the face of a prompt seed (0..4294967295), with the chosen values in place of the drawn ones.

    Each feature has a stream of its own, SHA-256 of "seed:category:feature", so that neither a choice nor an entry
    added elsewhere changes what an old seed draws; the same on every Python. A chosen feature that the file lacks
    (kept from an older file) comes last. Raises `UserError` "seed_out_of_range".
    """
    if not 0 <= prompt_seed <= MAX_SEED:
        raise UserError(
            "seed_out_of_range", field="prompt_seed", found=prompt_seed, minimum=0, maximum=MAX_SEED
        )
    face = feature_file.draw(prompt_seed)
    if not chosen:
        return face
    kept = tuple(DrawnFeature(*drawn.key, chosen.get(drawn.key, drawn.value)) for drawn in face)
    older = (DrawnFeature(*key, text) for key, text in chosen.items() if key not in feature_file.features)
    return (*kept, *older)


def draw_other_value(feature_file: FeatureFile, seed: int, drawn: DrawnFeature) -> str:
    """Return a value of the same feature that is not the drawn one: by its weight, the same for the same seed.

    The file must know the feature and have another value of it (KeyError, IndexError).
    """
    values = [value for value in feature_file.features[drawn.key] if value.text != drawn.value]
    sums = tuple(accumulate(value.weight for value in values))
    digest = hashlib.sha256(f"{seed}:{drawn.category}:{drawn.name}".encode()).digest()
    return values[bisect_right(sums, int.from_bytes(digest[:8], "big") % sums[-1])].text
