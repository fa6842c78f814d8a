"""Own words: what is cleaned away, and which features the feature file finds in them."""

import pytest

from services.errors import UserError
from services.features import load_feature_file
from services.words import MAX_PROMPT_CHARACTERS, clean_prompt, features_in_words
from tests.services.studio import FEATURE_FILE

OURS = load_feature_file(FEATURE_FILE)


def found(text: str) -> dict[str, str]:
    return {str(drawn.key): drawn.value for drawn in features_in_words(OURS, text)}


@pytest.mark.parametrize(
    ("text", "features"),
    [
        ("a woman with green eyes", {"Color/Eye": "green"}),
        ("A Woman With GREEN\n EYES", {"Color/Eye": "green"}),
        ("green, almond-shaped eyes", {"Color/Eye": "green", "Shape/Eye": "almond-shaped"}),
        ("an aquiline nose", {"Shape/Nose": "aquiline"}),
        ("a sailor, freckled", {"Texture & Features/Skin Features": "freckled"}),
        ("olive skin", {"Color/Skin Tone": "olive"}),
        ("olive undertones", {"Color/Skin Undertones": "olive"}),
        ("curly auburn hair", {"Hair/Hair Texture": "curly", "Hair/Hair Color": "auburn"}),
        ("a man with a goatee", {"Hair/Facial Hair": "goatee"}),
        ("a widow's peak hairline", {"Shape/Hairline": "widow's peak"}),
        ("a gardener in her forties", {"Person/Age": "forties"}),
    ],
)
def test_finds_the_features_that_a_text_names(text: str, features: dict[str, str]) -> None:
    assert found(text) == features


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a lighthouse keeper",
        "a green coat",
        "eyes like a green sea",
        "evergreen eyes",
        "green hills before her eyes",
        "green and yellow stripes over both eyes",
        "a short story about a nose",
        "straight talk",
        "a wide street",
    ],
)
def test_finds_nothing_where_a_word_is_not_said_of_a_feature(text: str) -> None:
    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "feature", "value"),
    [
        ("ice-blue eyes", "Color/Eye", "ice-blue"),
        ("deep brown skin", "Color/Skin Tone", "deep brown"),
        ("very fair skin", "Color/Skin Tone", "very fair"),
        ("a handlebar mustache", "Hair/Facial Hair", "handlebar mustache"),
        ("a cleft-lip scar", "Texture & Features/Skin Features", "cleft-lip scar"),
    ],
)
def test_finds_a_value_of_several_words_and_not_the_shorter_one_inside_it(
    text: str, feature: str, value: str
) -> None:
    assert found(text)[feature] == value


def test_finds_the_features_in_the_order_of_the_file_and_each_once() -> None:
    face = features_in_words(OURS, "red hair, blue eyes, green eyes and a snub nose")
    keys = [drawn.key for drawn in face]

    assert [str(key) for key in keys] == ["Shape/Nose", "Color/Eye", "Hair/Hair Color"]
    assert keys == [key for key in OURS.features if key in keys]


def test_finds_features_in_the_longest_prompt_in_time() -> None:
    text = ("green " * 700)[:MAX_PROMPT_CHARACTERS]

    assert found(text) == {}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a  fox\n\tin   snow ", "a fox in snow"),
        ("a\u200b fox\ufeff", "a fox"),
        ("a \u202efox\u202c", "a fox"),
        ("a\u0000 \u0007fox\u009b", "a fox"),
        ("\u3164a fox", "a fox"),
        ("Ein Füchslein 狐 🦊", "Ein Füchslein 狐 🦊"),
        ("a fox\r\nin snow", "a fox in snow"),
        ("a fox\rin\u2028snow\u0085now", "a fox in snow now"),
        ("half \ud83e of a fox", "half of a fox"),
        ("a f\u00ado\u034fx\U000e0041", "a fox"),
    ],
)
def test_takes_out_what_cannot_be_seen_and_keeps_the_rest(text: str, cleaned: str) -> None:
    assert clean_prompt(text) == cleaned


@pytest.mark.parametrize(
    "text", ["", " \n\t", "\u200b\u200d", "\u202e \u2066", "\u3164", "\u00a0\u3000", "\u2800", "\u00ad\u180e"]
)
def test_refuses_a_prompt_in_which_nothing_can_be_seen(text: str) -> None:
    with pytest.raises(UserError) as caught:
        clean_prompt(text)

    assert (caught.value.code, caught.value.fields) == ("empty_prompt", {"field": "prompt"})


def test_takes_a_prompt_as_long_as_may_be_and_refuses_one_character_more() -> None:
    assert clean_prompt("x" * MAX_PROMPT_CHARACTERS) == "x" * MAX_PROMPT_CHARACTERS
    with pytest.raises(UserError) as caught:
        clean_prompt("x" * (MAX_PROMPT_CHARACTERS + 1))

    assert caught.value.code == "prompt_too_long"
    assert caught.value.fields == {"field": "prompt", "found": 4001, "maximum": 4000}
