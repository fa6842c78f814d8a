"""A character as one file: a ZIP of `character.json` and its pictures, written and read back with suspicion.

Nothing of a file's names is ever a path: `0.jpg` is the picture whose number is 0, and any other name refuses the file.
Codes of the `UserError`s raised here: "export_unreadable", "export_foreign" (`found`), "export_too_large",
"export_too_new" and "export_bad_field" (`field`).
"""

import json
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final, NoReturn

from services.errors import UserError
from services.images.formats import sniff
from services.models import DrawnFeature, Face, JsonValue

FORMAT: Final = "limner-character"
VERSION: Final = 1
MANIFEST: Final = "character.json"
MOST_PICTURES: Final = 24
MOST_UNPACKED_BYTES: Final = 48 * 1024 * 1024
"""All of a file's parts together, unpacked: more than twice what a file may have, as pictures do not shrink."""
_MANIFEST_BYTES: Final = 64 * 1024
_DIRECTORY_BYTES: Final = 16 * 1024
_END_RECORD: Final = b"PK\x05\x06"
_ZIP64_LOCATOR: Final = b"PK\x06\x07"
_LONGEST_END: Final = 22 + 65_535
_MOST_FEATURES: Final = 100
_LONGEST_WORD: Final = 100
_LONGEST_TEXT: Final = 4_000
_PICTURE_NAME: Final = re.compile(r"(0|[1-9][0-9]{0,8})\.(?:jpe?g|png|webp)")
_FIELDS: Final = frozenset({"format", "version", "name", "description", "features", "references"})


@dataclass(frozen=True, slots=True)
class CharacterFile:
    """What a file says of a character: texts still as they stand there, pictures by number, not yet looked at."""

    name: str
    description: str
    features: Face
    references: tuple[int, ...]
    pictures: Mapping[int, bytes]


def write_character_file(character: CharacterFile) -> bytes:
    """Return the file of a character. Blocks for as long as its bytes take: for a thread."""
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "name": character.name,
        "description": character.description,
        "features": [list(each) for each in character.features],
        "references": list(character.references),
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=2))
        for number, data in sorted(character.pictures.items()):
            archive.writestr(f"{number}.{_ending(data)}", data)
    return file.getvalue()


def _ending(data: bytes) -> str:
    return str(sniff(data))


def read_character_file(data: bytes) -> CharacterFile:
    """Return what a file says. Raises UserError. Blocks for as long as its bytes take: for a thread."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = _read_parts(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise UserError("export_unreadable", f"{type(error).__name__}: {error}"[:200]) from error
    manifest = _read_manifest(parts.pop(MANIFEST, b""))
    return _understood(manifest, {_number(name): content for name, content in parts.items()})


def _check_directory(data: bytes) -> None:
    """Refuse a list of parts that is too long before it is read: half a million of them fit into 20 MiB.

    Source: PKWARE, APPNOTE.TXT, 4.3.16: "size of the central directory" stands 12 bytes into the end record; with a
    ZIP64 locator before that, another one would count.
    """
    end = data.rfind(_END_RECORD, max(0, len(data) - _LONGEST_END))
    if end < 0:
        raise UserError("export_unreadable", "no end of a central directory")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if size > _DIRECTORY_BYTES or data[max(0, end - 20) : end].startswith(_ZIP64_LOCATOR):
        raise UserError("export_too_large", f"a central directory of {size} bytes")


def _read_parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the parts by name. What they unpack to is counted as it comes: headers may lie."""
    infos = archive.infolist()
    if len(infos) > MOST_PICTURES + 1:
        raise UserError("export_too_large", f"{len(infos)} parts")
    parts: dict[str, bytes] = {}
    left = MOST_UNPACKED_BYTES
    for info in infos:
        name = info.filename
        is_known = name == MANIFEST or _PICTURE_NAME.fullmatch(name)
        if not is_known or name in parts:
            raise UserError("export_foreign", found=_shown(name))
        most = min(left, _MANIFEST_BYTES if name == MANIFEST else left)
        with archive.open(info) as part:
            content = part.read(most + 1)
        if len(content) > most:
            raise UserError("export_too_large", f"{name} unpacks to more than {most} bytes")
        left -= len(content)
        parts[name] = content
    return parts


def _shown(name: str) -> str:
    return "".join(character for character in name if character.isprintable())[:60]


def _number(name: str) -> int:
    return int(name.partition(".")[0])


def _read_manifest(content: bytes) -> Mapping[str, JsonValue]:
    if not content:
        raise UserError("export_foreign", found=MANIFEST)
    try:
        value: JsonValue = json.loads(content, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise UserError("export_unreadable", f"the manifest is no JSON: {error}"[:200]) from error
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise UserError("export_foreign", found=MANIFEST)
    version = value.get("version")
    # JSON's true is Python's 1.
    if not isinstance(version, int) or isinstance(version, bool) or version < VERSION:
        _refuse("version")
    if version > VERSION:
        raise UserError("export_too_new", "a later version")
    for name in sorted(value.keys() ^ _FIELDS):
        _refuse(name)
    return value


def _once(pairs: Sequence[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    """Return an object. Raises ValueError for a key that stands there twice: Python would keep the last one."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands there twice")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _refuse(field: str) -> NoReturn:
    raise UserError("export_bad_field", f"bad {field[:40]}", field=_shown(field)[:40])


def _understood(manifest: Mapping[str, JsonValue], pictures: Mapping[int, bytes]) -> CharacterFile:
    references = _numbers(manifest["references"])
    if not set(references) <= pictures.keys():
        _refuse("references")
    return CharacterFile(
        name=_text(manifest, "name"),
        description=_text(manifest, "description"),
        features=_features(manifest["features"]),
        references=references,
        pictures=pictures,
    )


def _text(manifest: Mapping[str, JsonValue], field: str) -> str:
    value = manifest[field]
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        _refuse(field)
    return value


def _numbers(value: JsonValue) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MOST_PICTURES:
        _refuse("references")
    numbers = [each for each in value if isinstance(each, int) and not isinstance(each, bool) and each >= 0]
    if len(numbers) != len(value) or len(set(numbers)) != len(numbers):
        _refuse("references")
    return tuple(numbers)


def _features(value: JsonValue) -> Face:
    if not isinstance(value, list) or len(value) > _MOST_FEATURES:
        _refuse("features")
    face = tuple(_feature(row) for row in value)
    if len({drawn.key for drawn in face}) != len(face):
        _refuse("features")
    return face


def _feature(row: JsonValue) -> DrawnFeature:
    words = [each for each in row if isinstance(each, str)] if isinstance(row, list) else []
    are_words = all(each.strip() and each.isprintable() and len(each) <= _LONGEST_WORD for each in words)
    if not isinstance(row, list) or len(row) != 3 or len(words) != 3 or not are_words:
        _refuse("features")
    return DrawnFeature(*words)
