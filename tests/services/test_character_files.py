"""The file of a character: what is written is read back, and everything else is refused with a reason."""

import json
import zipfile
from collections.abc import Mapping
from io import BytesIO

import pytest

from services.character_files import (
    MANIFEST,
    MOST_PICTURES,
    MOST_UNPACKED_BYTES,
    CharacterFile,
    read_character_file,
    write_character_file,
)
from services.errors import UserError
from services.models import DrawnFeature, JsonValue
from tests.services.images.pictures import picture_bytes

PICTURE = picture_bytes("JPEG")
MIRA = CharacterFile(
    "Mira ⭐",
    "A girl with “red” hair",
    (DrawnFeature("Color", "Eye", "green"),),
    (3, 0),
    {0: PICTURE, 3: PICTURE},
)
SAID: dict[str, JsonValue] = {
    "format": "limner-character", "version": 1, "name": "Mira", "description": "A girl", "features": [],
    "references": [],
}  # fmt: skip


def packed(
    parts: Mapping[str, bytes], *, said: JsonValue = SAID, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr(MANIFEST, json.dumps(said))
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def refusal(data: bytes) -> tuple[str, object]:
    """Return the code of a refusal, and the field or part that it names."""
    with pytest.raises(UserError) as caught:
        read_character_file(data)
    fields = caught.value.fields
    return caught.value.code, fields.get("found", fields.get("field"))


def test_what_is_written_is_read_back() -> None:
    assert read_character_file(write_character_file(MIRA)) == MIRA


def test_a_file_is_an_ordinary_zip_that_anybody_can_open() -> None:
    with zipfile.ZipFile(BytesIO(write_character_file(MIRA))) as archive:
        assert archive.namelist() == [MANIFEST, "0.jpg", "3.jpg"]
        assert archive.testzip() is None
        assert json.loads(archive.read(MANIFEST))["name"] == "Mira ⭐"


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"PK\x05\x06", PICTURE, write_character_file(MIRA)[:-40], write_character_file(MIRA)[40:]],
    ids=["nothing", "a byte", "an end", "a picture", "without its end", "without its beginning"],
)
def test_what_is_no_whole_zip_is_refused(data: bytes) -> None:
    assert refusal(data)[0] == "export_unreadable"


def test_a_file_whose_bytes_were_changed_is_refused() -> None:
    whole = write_character_file(MIRA)
    place = whole.index(PICTURE) + len(PICTURE) // 2
    changed = whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :]
    assert refusal(changed)[0] == "export_unreadable"


@pytest.mark.parametrize(
    "name",
    [
        *("../0.jpg", "/0.jpg", "a/0.jpg", "..\\0.jpg", "0.png.html", "00.jpg", "-1.jpg", "٣.jpg", "0.gif"),
        *("x" * 300, "0.jpg/"),
    ],
)
def test_bi_077_a_name_that_is_no_number_refuses_the_file(name: str) -> None:
    code, found = refusal(packed({name: PICTURE}))
    assert code == "export_foreign"
    assert isinstance(found, str)
    assert len(found) <= 60


def test_a_part_that_stands_there_twice_is_refused() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, json.dumps(SAID))
        archive.writestr("0.jpg", PICTURE)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("0.jpg", PICTURE)
    assert refusal(file.getvalue()) == ("export_foreign", "0.jpg")


def test_a_file_without_a_manifest_is_foreign() -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("0.jpg", PICTURE)
    assert refusal(file.getvalue()) == ("export_foreign", MANIFEST)


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    assert refusal(packed({"0.jpg": bytes(MOST_UNPACKED_BYTES + 1)}))[0] == "export_too_large"
    half = bytes(MOST_UNPACKED_BYTES // 2 + 1)
    assert refusal(packed({"0.jpg": half, "1.jpg": half}))[0] == "export_too_large"
    assert refusal(packed({}, said=SAID | {"description": "x" * 100_000}))[0] == "export_too_large"


def test_a_header_that_lies_about_a_size_changes_nothing() -> None:
    """The size in the directory says a few bytes; what comes is counted."""
    whole = packed({"0.jpg": bytes(MOST_UNPACKED_BYTES + 1)})
    size = (MOST_UNPACKED_BYTES + 1).to_bytes(4, "little")
    assert whole.count(size) == 2
    assert refusal(whole.replace(size, (9).to_bytes(4, "little")))[0] in {
        "export_too_large",
        "export_unreadable",
    }


def test_too_many_parts_are_refused_by_the_length_of_their_list() -> None:
    assert refusal(packed({f"{n}.jpg": b"x" for n in range(MOST_PICTURES + 1)}))[0] == "export_too_large"
    assert refusal(packed({f"{n}.jpg": b"" for n in range(2_000)}))[0] == "export_too_large"


def test_an_encrypted_part_is_refused() -> None:
    whole = bytearray(packed({"0.jpg": PICTURE}, compression=zipfile.ZIP_STORED))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := whole.find(mark, start)) >= 0:
            whole[start + place] |= 1
            start += 4
    assert refusal(bytes(whole))[0] == "export_unreadable"


@pytest.mark.parametrize(
    ("said", "code", "found"),
    [
        pytest.param([], "export_foreign", MANIFEST, id="a list"),
        pytest.param({}, "export_foreign", MANIFEST, id="empty"),
        pytest.param(SAID | {"format": "other"}, "export_foreign", MANIFEST, id="another format"),
        pytest.param(SAID | {"version": 2}, "export_too_new", None, id="a later version"),
        pytest.param(SAID | {"version": 0}, "export_bad_field", "version", id="version 0"),
        pytest.param(SAID | {"version": True}, "export_bad_field", "version", id="version true"),
        pytest.param(SAID | {"owner": 1}, "export_bad_field", "owner", id="a field too many"),
        pytest.param(
            {k: v for k, v in SAID.items() if k != "name"}, "export_bad_field", "name", id="no name"
        ),
        pytest.param(SAID | {"name": 5}, "export_bad_field", "name", id="name a number"),
        pytest.param(SAID | {"description": "x" * 5000}, "export_bad_field", "description", id="long"),
        pytest.param(SAID | {"references": [0]}, "export_bad_field", "references", id="no such picture"),
        pytest.param(SAID | {"references": [True]}, "export_bad_field", "references", id="true"),
        pytest.param(SAID | {"references": "0"}, "export_bad_field", "references", id="text"),
        pytest.param(SAID | {"features": {}}, "export_bad_field", "features", id="features object"),
        pytest.param(SAID | {"features": [["a", "b"]]}, "export_bad_field", "features", id="two words"),
        pytest.param(SAID | {"features": [["a", "b", 1]]}, "export_bad_field", "features", id="a number"),
        pytest.param(
            SAID | {"features": [["a", "b", "c\u202e"]]}, "export_bad_field", "features", id="turned"
        ),
        pytest.param(SAID | {"features": [["a", "b", "c"]] * 2}, "export_bad_field", "features", id="twice"),
        pytest.param(
            SAID | {"features": [["a", "b", "x" * 101]]}, "export_bad_field", "features", id="long word"
        ),
    ],
)
def test_a_manifest_of_another_form_is_refused_by_its_field(
    said: JsonValue, code: str, found: object
) -> None:
    assert refusal(packed({}, said=said)) == (code, found)


@pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"name": "a", "name": "b"}', "[" * 100_00], ids=str)
def test_a_manifest_that_is_no_json_is_refused(text: str) -> None:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(MANIFEST, text)
    assert refusal(file.getvalue())[0] == "export_unreadable"
