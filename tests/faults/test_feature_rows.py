"""Row J1: forty bad feature files. Each stops the start with the file, the line and the column."""

import json
import re
from pathlib import Path

import pytest

from services.features import FeatureFileError, load_feature_file

OURS = Path(__file__).resolve().parents[2] / "face_features.json"
TEXT = OURS.read_text("utf-8")

HALF_WRITTEN = [TEXT[: len(TEXT) * part // 21] for part in range(21)]
"""The file as a program that was killed while writing it would leave it; the first one is empty."""


def broken(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def spoilt(category: str, feature: str, values: object) -> str:
    content = json.loads(TEXT)
    content[category][feature] = values
    return json.dumps(content, indent=2)


SPOILT_VALUES: tuple[object, ...] = (
    *(None, [], {}, 7),
    *(["a", None], ["a", ""], ["a", "a"], ["x" * 500], [{"weight": -1}]),
)
BAD = [
    *(text.encode() for text in HALF_WRITTEN),
    TEXT.encode("utf-16"),
    TEXT.encode() + b"\xff",
    b"\x00" * 100,
    TEXT.encode() + TEXT.encode(),
    b"null",
    b"[1, 2, 3]",
    b"not JSON at all",
    broken("{", "[").encode(),
    broken(":", "=").encode(),
    broken(",", ";").encode(),
    broken('"', "'").encode(),
    *(spoilt("Shape", "Nose", values).encode() for values in SPOILT_VALUES),
]


def test_j1_there_are_forty_bad_files() -> None:
    assert len(BAD) >= 40


@pytest.mark.parametrize("content", BAD, ids=range(len(BAD)))
def test_j1_a_bad_feature_file_is_refused_with_its_line_and_column(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "face_features.json"
    file.write_bytes(content)
    with pytest.raises(FeatureFileError) as refused:
        load_feature_file(file)

    assert re.search(r"face_features\.json:\d+:\d+: ", str(refused.value))


def test_j1_a_missing_feature_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeatureFileError, match=r"face_features\.json"):
        load_feature_file(tmp_path / "face_features.json")


def test_j1_what_is_written_into_the_file_later_changes_nothing_of_what_was_read(tmp_path: Path) -> None:
    file = tmp_path / "face_features.json"
    file.write_text(TEXT, "utf-8")
    read = load_feature_file(file)
    file.write_text(TEXT[:100], "utf-8")

    assert read == load_feature_file(OURS)
