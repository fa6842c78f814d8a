"""Autocomplete of feature choices: what it offers, within Discord's limits, in few steps."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.choices import parse_choices, parse_expression
from services.feature_rules import MAX_FEATURES, MAX_VALUES, Value
from services.features import FeatureFile, load_feature_file
from services.models import FeatureKey
from services.suggestions import suggest_choices, suggest_expressions
from tests.effort import steps_of

OURS = load_feature_file(Path(__file__).resolve().parents[2] / "face_features.json")
Suggest = Callable[[FeatureFile, str], list[tuple[str, str]]]


def values(suggest: Suggest, partial: str) -> list[str]:
    return [value for _, value in suggest(OURS, partial)]


def test_offers_the_names_for_an_empty_text() -> None:
    offered = values(suggest_choices, "")
    assert len(offered) == 25
    assert "eye color=" in offered


def test_completes_the_last_part_and_keeps_the_rest() -> None:
    assert values(suggest_choices, "eye color=green; nose=aq") == ["eye color=green; nose shape=aquiline"]
    assert values(suggest_choices, "eye color=gr") == ["eye color=green", "eye color=steel-gray"]


def test_offers_values_by_their_own_words_too() -> None:
    assert values(suggest_choices, "haz") == ["eye color=hazel"]


def test_offers_the_values_of_every_feature_of_a_shared_name() -> None:
    offered = values(suggest_choices, "nose=")
    assert "nose shape=button" in offered
    assert "nose structure=crooked" in offered


def test_offers_words_of_expressions_first() -> None:
    assert values(suggest_expressions, "smi")[:2] == ["smiling", "smirking"]
    assert values(suggest_expressions, "smiling, fur")[:1] == ["smiling, furrowed"]
    assert values(suggest_expressions, "lips=gr") == ["lips expression=grinning"]
    assert "nose shape=" not in values(suggest_expressions, "")


@pytest.mark.parametrize("partial", ["nose=", "gr", "x=1; eye color=b", "lips=smooth; cheek"])
def test_offers_only_whole_choices_that_can_be_read_back(partial: str) -> None:
    offered = [value for value in values(suggest_choices, partial) if not value.endswith("=")]
    assert offered
    for value in offered:
        assert parse_choices(OURS, value.removeprefix("x=1; "))


def test_expressions_offered_can_be_read_back() -> None:
    offered = values(suggest_expressions, "s")
    assert offered
    for value in offered:
        assert value.endswith("=") or parse_expression(OURS, value)


@pytest.mark.parametrize("suggest", [suggest_choices, suggest_expressions])
@given(partial=st.text(max_size=120) | st.text(alphabet="eyenosc =;,%_'\"-", max_size=120))
def test_stays_within_the_limits_of_discord_for_any_text(suggest: Suggest, partial: str) -> None:
    offered = suggest(OURS, partial)
    assert len(offered) <= 25
    assert len({value for _, value in offered}) == len(offered)
    assert all(1 <= len(label) <= 100 and 1 <= len(value) <= 100 for label, value in offered)


@pytest.mark.parametrize(
    "partial", ["", "%_'\";--" * 72, "a" * 500, "; " * 250, "nose=" + "a" * 495, "e", "a=b;" * 24]
)
def test_answers_hostile_text_in_few_steps(partial: str) -> None:
    suggest_choices(OURS, "")
    assert _steps(partial) < 20_000


def test_answers_from_the_largest_file_in_a_few_steps_a_value() -> None:
    values = tuple(Value(f"value {n} of many") for n in range(MAX_VALUES))
    keys = [FeatureKey("Many", f"Part {n}") for n in range(MAX_FEATURES)]
    largest = FeatureFile("largest", dict.fromkeys(keys, values))
    assert len(suggest_choices(largest, "many")) == 25
    assert _steps("many", largest) < 40 * MAX_FEATURES * MAX_VALUES


def _steps(partial: str, feature_file: FeatureFile = OURS) -> int:
    def suggest() -> None:
        suggest_choices(feature_file, partial)
        suggest_expressions(feature_file, partial)

    return steps_of(suggest)
