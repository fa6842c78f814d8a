"""The feature file: what is accepted, what is refused and how, and that draws never move."""

import copy
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UserError
from services.feature_rules import MAX_FEATURES, MAX_VALUES, REQUIRED, Value
from services.features import MAX_FILE_BYTES, FeatureFile, FeatureFileError, draw_face, load_feature_file
from services.models import MAX_SEED, FeatureKey

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "face_features.json"
BRIEF = ROOT / "tests" / "data" / "brief_features.json"
NOSE = FeatureKey("Shape", "Nose")
Content = dict[str, Any]


def brief() -> Content:
    content: Content = json.loads(BRIEF.read_text("utf-8"))
    return content


def load(folder: Path, content: object) -> FeatureFile:
    path = folder / "features.json"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2), "utf-8")
    return load_feature_file(path)


def refusal(folder: Path, content: object) -> str:
    with pytest.raises(FeatureFileError) as caught:
        load(folder, content)
    assert str(caught.value).startswith(str(folder / "features.json"))
    return str(caught.value).replace(f"{folder}/", "")


def changed(category: str, name: str, values: object) -> Content:
    content = brief()
    content[category][name] = values
    return content


def test_loads_our_file_with_the_required_features_and_five_more() -> None:
    feature_file = load_feature_file(OURS)
    required = {FeatureKey(category, name) for category, names in REQUIRED.items() for name in names}
    assert len(required) == 22
    assert required < set(feature_file.features)
    assert len(feature_file.features) == 27
    assert Value("clean-shaven", 14) in feature_file.features[FeatureKey("Hair", "Facial Hair")]
    assert feature_file.keys_of("Person") == (FeatureKey("Person", "Age"),)


def test_loads_the_example_of_the_brief() -> None:
    feature_file = load_feature_file(BRIEF)
    assert len(feature_file.features) == 22
    assert [value.text for value in feature_file.features[NOSE]] == ["button", "aquiline"]


def test_digest_tells_content_apart_and_not_layout(tmp_path: Path) -> None:
    plain = load_feature_file(BRIEF)
    long_form = changed("Shape", "Nose", [{"value": "button", "weight": 1}, "aquiline"])
    assert load(tmp_path, json.dumps(long_form)) == plain
    assert load(tmp_path, json.dumps(long_form)).digest == plain.digest
    assert load(tmp_path, changed("Shape", "Nose", ["aquiline", "button"])) != plain
    assert load(tmp_path, changed("Shape", "Nose", ["button", {"value": "aquiline", "weight": 2}])) != plain


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "features.json:1:1: expected a JSON object of categories, found an empty file"),
        (b" \n\n", "features.json:1:1: expected a JSON object of categories, found an empty file"),
        (b"\xef\xbb\xbf{}", "features.json:1:1: expected UTF-8 without a byte order mark"),
        ("{}".encode("utf-16"), "features.json:1:1: expected UTF-8 without a byte order mark"),
        (b'{\n "a\xff": 1}', "features.json:2:4: expected UTF-8, found the byte 0xff"),
        (b'{"Shape": {},}', 'features.json:1:13: (the whole file): expected no "," before "}"'),
        (b'{"Shape": {} // x\n}', 'expected "," or "}", found "/"; JSON has no comments'),
        (b'{"Shape": NaN}', 'features.json:1:11: /Shape: expected a JSON value, found "NaN"'),
        (b'{"Shape": [1e999]}', "features.json:1:12: /Shape/0: expected a finite number, found 1e999"),
        (b'{"Shape": {"Nose":', "/Shape/Nose: expected a JSON value, found the end of the file"),
        (
            b'{"a": 1,\n "a": 2}',
            "features.json:2:2: /a: expected each key once, found the key of line 1, column 2",
        ),
        (b"[" * 500_000, "expected at most 32 levels of nesting, found more"),
        (b" " * (MAX_FILE_BYTES + 1), "expected at most 1,000,000 bytes, found more"),
        (b"[]", "features.json:1:1: (the whole file): expected an object of categories, found an empty list"),
    ],
)
def test_refuses_a_file_that_is_no_json_object_and_says_where(
    tmp_path: Path, content: bytes, message: str
) -> None:
    assert message in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "/Shape/Nose: expected a list of at least one value, found null"),
        ([], "/Shape/Nose: expected a list of at least one value, found an empty list"),
        ("aquiline", '/Shape/Nose: expected a list of at least one value, found the text "aquiline"'),
        (["a", None], '/Shape/Nose/1: expected text, or {"value": text, "weight": 1 to 1000}, found null'),
        (["a", 7], "/Shape/Nose/1: expected text, or"),
        (["a", ""], '/Shape/Nose/1: expected text that is not blank, found ""'),
        (["a", "\u3164 "], "/Shape/Nose/1: expected text that is not blank"),
        (["a", " b"], "/Shape/Nose/1: expected text without spaces at its ends"),
        (["a", "b\u0000c"], "/Shape/Nose/1: expected text without control, format or surrogate characters"),
        (["a", "b\u202ec"], "/Shape/Nose/1: expected text without control, format or surrogate characters"),
        (["a", "b\ud800c"], "/Shape/Nose/1: expected text without control, format or surrogate characters"),
        (["a", "b;c"], "/Shape/Nose/1: expected text without any of = ;"),
        (["a", "x" * 61], "/Shape/Nose/1: expected text of at most 60 characters"),
        (["Snub", "snub"], '/Shape/Nose/1: expected each value once, found "snub" again'),
        ([f"v{n}" for n in range(MAX_VALUES + 1)], "/Shape/Nose: expected at most 200 values, found 201"),
        ([{"value": "a", "weight": 0}], "/Shape/Nose/0/weight: expected a whole number from 1 to 1000"),
        ([{"value": "a", "weight": 1001}], "found the number 1001"),
        ([{"value": "a", "weight": 1.5}], "found the number 1.5"),
        ([{"value": "a", "weight": True}], "found true"),
        ([{"weight": 1}], 'found no text under "value"'),
        ([{"value": "a", "wieght": 2}], '/Shape/Nose/0/wieght: expected "value" and "weight" only'),
    ],
)
def test_refuses_values_that_cannot_be_drawn(tmp_path: Path, values: object, message: str) -> None:
    assert message in refusal(tmp_path, changed("Shape", "Nose", values))


def test_names_line_and_column_of_a_bad_value(tmp_path: Path) -> None:
    text = json.dumps(changed("Texture & Features", "Lips", ["dry", "moist", "soft", 5]), indent=2)
    lines = text.splitlines()
    line = next(n for n, each in enumerate(lines, 1) if each.strip() == "5")
    expected = (
        f"features.json:{line}:{lines[line - 1].index('5') + 1}: /Texture & Features/Lips/3: expected text"
    )
    assert expected in refusal(tmp_path, text)


@pytest.mark.parametrize("category", REQUIRED)
def test_refuses_a_file_without_a_required_category(tmp_path: Path, category: str) -> None:
    content = brief()
    del content[category]
    assert f'expected the category "{category}", found none' in refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("category", "typed", "meant"),
    [("Shape", "Noze", "Nose"), ("Color", "Eyes", "Eye"), ("Shape", "lips", "Lips")],
)
def test_asks_whether_a_misspelt_feature_was_meant(
    tmp_path: Path, category: str, typed: str, meant: str
) -> None:
    content = brief()
    content[category][typed] = content[category].pop(meant)
    message = refusal(tmp_path, content)
    assert (
        f'/{category}/{typed}: expected the feature "{meant}", found "{typed}"; did you mean "{meant}"?'
        in message
    )


def test_refuses_a_near_twin_of_a_required_name_that_is_there_too(tmp_path: Path) -> None:
    assert 'did you mean "Cheek"?' in refusal(tmp_path, changed("Shape", "Cheeks", ["full"]))
    assert 'did you mean "Color"?' in refusal(tmp_path, brief() | {"Colour": {"Ear": ["red"]}})


def test_refuses_names_that_nobody_could_type(tmp_path: Path) -> None:
    assert "expected a name: text without any of" in refusal(tmp_path, changed("Shape", "Ear=Lobe", ["a"]))
    assert "expected a name: text of at most 40" in refusal(tmp_path, brief() | {"x" * 41: {"Ear": ["a"]}})
    twins = brief() | {"Ears": {"Lobe": ["a"], "LOBE": ["b"]}}
    assert '/Ears/LOBE: expected one name only, "Lobe" is there, found "LOBE"' in refusal(tmp_path, twins)


def test_escapes_pointer_tokens(tmp_path: Path) -> None:
    assert "/a~0b/c~1d: expected a name" in refusal(tmp_path, brief() | {"a~b": {"c/d": ["e"]}})


def test_refuses_more_features_than_the_limit(tmp_path: Path) -> None:
    many = {f"Part {n}": ["a"] for n in range(MAX_FEATURES)}
    assert "expected at most 100 features in all, found 122" in refusal(tmp_path, brief() | {"More": many})


def test_reports_all_problems_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    content = changed("Shape", "Nose", [])
    content["Color"]["Eye"] = [1]
    lines = refusal(tmp_path, content).splitlines()
    assert ["/Shape/Nose:" in lines[0], "/Color/Eye/0:" in lines[1], len(lines)] == [True, True, 2]


def test_reports_a_missing_file_a_folder_and_what_cannot_be_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    cases = {
        tmp_path / "none.json": "there is no such file",
        tmp_path: "expected a file, found a directory",
        tmp_path / "pipe": "found a device or pipe",
        OURS / "inside": "cannot be read",
        tmp_path / "a\0b": "cannot be read",
    }
    for path, message in cases.items():
        with pytest.raises(FeatureFileError, match=message):
            load_feature_file(path)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_refuses_any_other_content_with_its_own_error(content: str | bytes) -> None:
    path = Path(f"/tmp/limner-features-{os.getpid()}.json")  # noqa: S108 (hypothesis forbids function fixtures)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    try:
        with pytest.raises(FeatureFileError):
            load_feature_file(path)
    finally:
        path.unlink()


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1, 2**64])
def test_refuses_a_seed_outside_the_range(seed: int) -> None:
    with pytest.raises(UserError) as caught:
        draw_face(load_feature_file(BRIEF), seed)
    assert caught.value.code == "seed_out_of_range"
    assert caught.value.fields["maximum"] == 4294967295


def test_draws_what_it_drew_when_this_was_written() -> None:
    feature_file = load_feature_file(BRIEF)
    seeds = [*range(199), MAX_SEED]
    drawn = "\n".join(" ".join(each.value for each in draw_face(feature_file, seed)) for seed in seeds)
    assert hashlib.sha256(drawn.encode()).hexdigest() == DRAWN_FROM_THE_BRIEF


def test_a_stream_is_the_documented_hash() -> None:
    feature_file = load_feature_file(BRIEF)
    number = int.from_bytes(hashlib.sha256(b"77:Shape:Nose").digest()[:8], "big") % 2
    assert {each.key: each.value for each in draw_face(feature_file, 77)}[NOSE] == ["button", "aquiline"][
        number
    ]


@given(st.integers(0, MAX_SEED))
def test_an_addition_elsewhere_changes_no_other_draw(seed: int) -> None:
    content = brief()
    grown = copy.deepcopy(content)
    grown["Shape"] = {"Ear": ["large", "small"], **grown["Shape"]}
    grown["Shape"]["Nose"].append("snub")
    grown = {"Person": {"Age": ["forties"]}, **grown}
    old = {each.key: each for each in draw_face(_in_memory(content), seed)}
    new = {each.key: each for each in draw_face(_in_memory(grown), seed)}
    assert all(new[key] == each for key, each in old.items() if key != NOSE)


def _in_memory(content: Content) -> FeatureFile:
    features = {
        FeatureKey(category, name): tuple(Value(text) for text in values)
        for category, names in content.items()
        for name, values in names.items()
    }
    return FeatureFile("", features)


@given(st.integers(0, MAX_SEED))
def test_a_choice_replaces_its_own_feature_only(seed: int) -> None:
    feature_file = load_feature_file(OURS)
    drawn = draw_face(feature_file, seed)
    face = draw_face(feature_file, seed, chosen={NOSE: "aquiline"})
    assert [each.key for each in face] == [each.key for each in drawn]
    assert [a for a, b in zip(face, drawn, strict=True) if a != b and a.key != NOSE] == []
    assert ("Shape", "Nose", "aquiline") in face


def test_a_kept_feature_that_the_file_lacks_comes_last() -> None:
    older = FeatureKey("Ears", "Lobe")
    face = draw_face(load_feature_file(BRIEF), 1, chosen={older: "long"})
    assert face[-1] == ("Ears", "Lobe", "long")
    assert len(face) == 23


def test_draws_each_value_as_often_as_its_weight_says() -> None:
    feature_file = load_feature_file(OURS)
    key = FeatureKey("Hair", "Facial Hair")
    seen = Counter(
        each.value for seed in range(10_000) for each in draw_face(feature_file, seed) if each.key == key
    )
    values = feature_file.features[key]
    total = sum(value.weight for value in values)
    # Chi square with 11 degrees of freedom: 31.3 is passed by chance once in 1,000 files.
    expected = {value.text: 10_000 * value.weight / total for value in values}
    assert sum((seen[text] - count) ** 2 / count for text, count in expected.items()) < 31.3


DRAWN_FROM_THE_BRIEF = "450c80143d86d4ea561b4276ceaf7ca3bace93bb6631b60524fa468e942d9a3f"
