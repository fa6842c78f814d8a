"""Parameters of safety: what they are of each model, and how they are held within a server's caps."""

import pytest

from services.models import JsonValue
from services.providers.catalog import Model, load_catalog
from services.providers.parameters import ParameterType, written
from services.providers.safety import safety_of, within_caps
from services.server_rules import SAFETY, ServerRules, looseness
from tests.in_words import in_words

CATALOG = load_catalog()
ULTRA = CATALOG.find("fal/flux-pro-v1.1-ultra")
BFL = CATALOG.find("bfl/flux-pro-1.1")
DEV = CATALOG.find("fal/flux-dev")
OPENAI = CATALOG.find("openai/gpt-image-1.5")


def test_every_parameter_of_the_catalogue_that_is_about_safety_can_be_capped() -> None:
    words = ("moderation", "safety", "adult", "nsfw")
    found = {
        name
        for model in CATALOG.models
        for name, parameter in model.parameters.items()
        if any(word in f"{name} {parameter.description}".lower() for word in words)
    }
    assert found == set(SAFETY)


def test_every_value_that_a_model_takes_stands_in_its_place() -> None:
    for model in CATALOG.models:
        for name in SAFETY.keys() & model.parameters.keys():
            parameter = model.parameters[name]
            values: list[object] = list(parameter.choices)
            if parameter.type is ParameterType.BOOL:
                values = [True, False]
            elif parameter.type is ParameterType.INT:
                values = list(range(int(parameter.low or 0), int(parameter.high or 0) + 1))
            assert values
            assert {written(value) for value in values} <= set(SAFETY[name]), model.id


def test_a_value_that_nobody_knows_is_looser_than_all() -> None:
    assert looseness("safety_tolerance", "7") > looseness("safety_tolerance", "6")
    assert looseness("moderation", "") > looseness("moderation", "low")


def test_a_picture_has_the_vendors_defaults_where_nothing_is_sent() -> None:
    assert safety_of(DEV, {})["enable_safety_checker"] == "true"
    assert safety_of(BFL, {})["safety_tolerance"] == "2"
    assert safety_of(BFL, {"safety_tolerance": 5})["safety_tolerance"] == "5"
    assert safety_of(CATALOG.find("sketch"), {}) == {}


def test_what_is_asked_for_within_the_cap_is_left_alone() -> None:
    held = within_caps(BFL, {"safety_tolerance": 3}, {"safety_tolerance": "4"})
    assert held is not None
    assert (dict(held.parameters), held.changed) == ({"safety_tolerance": 3}, ())


@pytest.mark.parametrize(
    ("model", "name", "sent", "cap", "expected"),
    [
        (BFL, "safety_tolerance", 6, "4", 4),
        (ULTRA, "safety_tolerance", "6", "1", "1"),
        (DEV, "enable_safety_checker", False, "true", True),
        (OPENAI, "moderation", "low", "auto", "auto"),
    ],
    ids=["a number", "a number as text", "a switch", "a word"],
)
def test_what_is_asked_for_above_the_cap_is_lowered_and_named(
    model: Model, name: str, sent: JsonValue, cap: str, expected: JsonValue
) -> None:
    held = within_caps(model, {name: sent}, {name: cap})
    assert held is not None
    assert held.parameters[name] == expected
    reason = f"this server allows {cap}; {written(sent)} was asked for"
    assert in_words(held.changed) == [(name, reason)]


def test_a_vendors_default_above_the_cap_is_replaced_without_a_word() -> None:
    held = within_caps(BFL, {}, {"safety_tolerance": "0"})
    assert held is not None
    assert (held.parameters["safety_tolerance"], held.changed) == (0, ())


def test_a_model_that_cannot_be_that_strict_has_no_parameters_for_it() -> None:
    assert within_caps(ULTRA, {}, {"safety_tolerance": "0"}) is None


def test_caps_do_not_touch_what_a_model_does_not_take() -> None:
    held = within_caps(DEV, {"num_inference_steps": 4}, {"safety_tolerance": "0", "moderation": "auto"})
    assert held is not None
    assert dict(held.parameters) == {"num_inference_steps": 4}


def test_rules_allow_services_as_a_whole_and_models_one_by_one() -> None:
    rules = ServerRules(frozenset({"sketch", "fal/flux-dev"}))
    assert rules.allows("sketch", "sketch")
    assert rules.allows("fal", "fal/flux-dev")
    assert not rules.allows("fal", "fal/flux-schnell")
    assert ServerRules().allows("fal", "fal/flux-schnell")


@pytest.mark.parametrize(
    ("tolerance", "expected"), [("2", True), ("3", False), ("", False)], ids=["within", "above", "unknown"]
)
def test_a_picture_is_strict_enough_by_what_counts_for_it(tolerance: str, expected: bool) -> None:
    rules = ServerRules(caps={"safety_tolerance": "2"})
    assert rules.is_strict_enough({"safety_tolerance": tolerance}) is expected
    assert rules.is_strict_enough({"moderation": "low"})
