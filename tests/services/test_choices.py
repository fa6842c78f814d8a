"""What people type to choose features: the forgiving forms, and the errors that help."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.choices import parse_choices, parse_expression, parse_keep
from services.errors import UserError
from services.feature_names import names_of
from services.features import load_feature_file
from services.models import FeatureKey
from tests.effort import processor_s, steps_of

ROOT = Path(__file__).resolve().parents[2]
OURS = load_feature_file(ROOT / "face_features.json")
BRIEF = load_feature_file(ROOT / "tests" / "data" / "brief_features.json")


def chosen(text: str) -> dict[str, str]:
    return {str(key): value for key, value in parse_choices(OURS, text).items()}


def refused(text: str) -> tuple[str, dict[str, object]]:
    with pytest.raises(UserError) as caught:
        parse_choices(OURS, text)
    return caught.value.code, dict(caught.value.fields)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        (" ; , ;", {}),
        ("eye color=green; nose=aquiline", {"Color/Eye": "green", "Shape/Nose": "aquiline"}),
        ("eye color=green, nose=aquiline", {"Color/Eye": "green", "Shape/Nose": "aquiline"}),
        ("eye color: green\nnose: aquiline", {"Color/Eye": "green", "Shape/Nose": "aquiline"}),
        ("color eye=green", {"Color/Eye": "green"}),
        ("Color/Eye=GREEN", {"Color/Eye": "green"}),
        ("EYE  COLOUR = Ice-Blue", {"Color/Eye": "ice-blue"}),
        ("eyes=hooded", {"Shape/Eye": "hooded"}),
        ("nose=straight; nose=long", {"Structure/Nose": "straight", "Shape/Nose": "long"}),
        ("hair color=dark brown; hair=wavy", {"Hair/Hair Color": "dark brown", "Hair/Hair Texture": "wavy"}),
        ("beard=goatee", {"Hair/Facial Hair": "goatee"}),
        ("Moustache=Handlebar Mustache", {"Hair/Facial Hair": "handlebar mustache"}),
        ("brows=arched; mouth=bow-shaped", {"Structure/Eyebrow": "arched", "Shape/Lips": "bow-shaped"}),
        ("jaw=strong; complexion=tan", {"Structure/Jawline": "strong", "Color/Skin Tone": "tan"}),
        ("skin=freckled", {"Texture & Features/Skin Features": "freckled"}),
        ("hairline=widow's peak", {"Shape/Hairline": "widow's peak"}),
        ("hazel; nose=snub", {"Color/Eye": "hazel", "Shape/Nose": "snub"}),
        ("age=forties; age=Forties", {"Person/Age": "forties"}),
    ],
)
def test_takes_the_names_and_values_that_people_type(text: str, expected: dict[str, str]) -> None:
    assert chosen(text) == expected


def test_prefers_shape_where_several_features_of_a_name_own_the_value() -> None:
    assert chosen("nose=downturned") == {"Structure/Nose": "downturned"}
    assert chosen("cheek=high; lips=downturned") == {"Shape/Cheek": "high", "Shape/Lips": "downturned"}
    brief = parse_choices(BRIEF, "eyes=narrow")
    assert brief == {FeatureKey("Expression", "Eye"): "narrow"}


@pytest.mark.parametrize(
    ("text", "code", "fields"),
    [
        ("nse=snub", "unknown_feature", {"found": "nse", "suggestion": "nose"}),
        ("eye colr=green", "unknown_feature", {"suggestion": "eye color"}),
        ("wings=large", "unknown_feature", {"suggestion": ""}),
        ("=green", "unknown_feature", {"found": ""}),
        ("nose=aquilin", "unknown_value", {"feature": "nose", "found": "aquilin", "suggestion": "aquiline"}),
        ("eye color=chartreuse", "unknown_value", {"feature": "eye color", "suggestion": ""}),
        ("gren", "unknown_value", {"found": "gren", "suggestion": "green"}),
        ("nose=", "empty_value", {"feature": "nose"}),
        ("skin=olive", "ambiguous_value", {"suggestion": "skin tone=olive or skin undertones=olive"}),
        ("round", "ambiguous_value", {"suggestion": "face=round or eye shape=round"}),
        (
            "eye color=green; eye color=blue",
            "repeated_feature",
            {"feature": "eye color", "found": "green, blue"},
        ),
        ("x" * 4001, "text_too_long", {"found": 4001, "maximum": 4000}),
    ],
)
def test_refuses_what_it_cannot_read_and_says_what_may_be_meant(
    text: str, code: str, fields: dict[str, object]
) -> None:
    found_code, found_fields = refused(text)
    assert found_code == code
    assert found_fields["field"] == "features"
    assert fields.items() <= found_fields.items()


@pytest.mark.parametrize(
    "hostile", ["\0", "\u202egreen", "@everyone", "%_'\";--", "= " * 1999, "🎨=🎨", "\ud800=x"]
)
def test_refuses_hostile_text_with_a_message_that_can_be_shown(hostile: str) -> None:
    _, fields = refused(hostile)
    assert str(fields.get("found", "")).isprintable()
    assert len(str(fields.get("found", ""))) <= 60


def test_every_label_names_its_own_feature_and_no_other() -> None:
    for feature_file in (OURS, BRIEF):
        names = names_of(feature_file)
        assert {names.find(label): key for key, label in names.labels.items()} == {
            (key,): key for key in feature_file.features
        }


@given(st.data())
def test_reads_back_every_choice_written_with_its_label(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(OURS.features)))
    value = data.draw(st.sampled_from(OURS.features[key])).text
    assert parse_choices(OURS, f"{names_of(OURS).labels[key].upper()} = {value.upper()}") == {key: value}


@given(st.text(max_size=300))
def test_gives_values_of_the_file_or_a_user_error_for_any_text(text: str) -> None:
    for parse in (parse_choices, parse_expression):
        found: dict[FeatureKey, str] = {}
        with contextlib.suppress(UserError):
            found = parse(OURS, text)
        assert all(value in {each.text for each in OURS.features[key]} for key, value in found.items())


def refuse_fields(count: int) -> None:
    """Read so many fields with an unknown one behind them."""
    with pytest.raises(UserError):
        parse_choices(OURS, "nose=aquiline;" * count + "zzzzz")


def test_work_grows_with_the_text_and_not_with_its_square() -> None:
    assert steps_of(lambda: refuse_fields(285)) < 100_000
    # Fifteen times the text; its square would be 225 times the work.
    assert processor_s(lambda: refuse_fields(285)) < 60 * processor_s(lambda: refuse_fields(19))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("smiling", {"Eye": "smiling", "Lips": "smiling"}),
        ("Smiling, raised", {"Eye": "smiling", "Lips": "smiling", "Eyebrow": "raised"}),
        ("eyes=bright, lips=grinning", {"Eye": "bright", "Lips": "grinning"}),
        ("smiling; eyes=teary", {"Eye": "teary", "Lips": "smiling"}),
        ("brows=furrowed; mouth: pouting", {"Eyebrow": "furrowed", "Lips": "pouting"}),
    ],
)
def test_an_expression_sets_the_features_that_own_its_words(text: str, expected: dict[str, str]) -> None:
    assert {key.name: value for key, value in parse_expression(OURS, text).items()} == expected


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("smile", "unknown_value", "smiling"),
        ("nose=snub", "unknown_feature", None),
        ("eyes=green", "unknown_value", None),
        ("grinning, pouting", "repeated_feature", None),
    ],
)
def test_an_expression_takes_nothing_from_other_categories(
    text: str, code: str, suggestion: str | None
) -> None:
    with pytest.raises(UserError) as caught:
        parse_expression(OURS, text)
    assert (caught.value.code, caught.value.fields["field"]) == (code, "expression")
    assert suggestion is None or caught.value.fields["suggestion"] == suggestion


@pytest.mark.parametrize(
    ("text", "minus"),
    [
        ("7k2m9xq4", set()),
        ("7K2M-9XQ4 minus nose", {"Shape/Nose", "Structure/Nose"}),
        ("7k2m 9xq4 without the beard", {"Hair/Facial Hair"}),
        (
            "7k2m9xq4 minus hair, nose",
            {
                "Hair/Hair Length",
                "Hair/Hair Texture",
                "Hair/Hair Color",
                "Hair/Facial Hair",
                "Shape/Hairline",
                "Shape/Nose",
                "Structure/Nose",
            },
        ),
        ("7k2m9xq4 MINUS eyes", {"Shape/Eye", "Structure/Eye", "Color/Eye", "Expression/Eye"}),
        ("7k2m9xq4 minus mouth", {"Shape/Lips", "Texture & Features/Lips", "Expression/Lips"}),
        ("7k2m9xq4 minus expression", {"Expression/Eye", "Expression/Eyebrow", "Expression/Lips"}),
        (
            "7k2m9xq4 minus skin and age",
            {
                "Texture & Features/Skin Texture",
                "Texture & Features/Skin Features",
                "Color/Skin Tone",
                "Color/Skin Undertones",
                "Person/Age",
            },
        ),
        ("7k2m9xq4 minus hair color", {"Hair/Hair Color"}),
    ],
)
def test_keeps_a_code_minus_the_groups_named(text: str, minus: set[str]) -> None:
    keep = parse_keep(OURS, text)
    assert keep.code == "7k2m9xq4"
    assert {str(key) for key in keep.minus} == minus


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "bad_code"),
        ("minus hair", "bad_code"),
        ("nope minus hair", "bad_code"),
        ("7k2m9xq4 minus", "bad_keep"),
        ("7k2m9xq4 minus wings", "unknown_feature"),
        ("7k2m9xq4 minus hiar", "unknown_feature"),
        ("x" * 4001, "text_too_long"),
    ],
)
def test_refuses_a_keep_without_code_or_with_unknown_groups(text: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_keep(OURS, text)
    assert caught.value.code == code
