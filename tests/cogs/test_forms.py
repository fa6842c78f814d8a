from pathlib import Path

import pytest
from discord import ui

from cogs._forms import changed_fields, edit_ask, edit_form, form_values
from services.asks import Caller
from services.errors import UserError
from services.features import draw_face, load_feature_file
from services.models import MAX_SEED, Visibility
from services.providers.catalog import load_catalog
from tests.cogs.samples import ORIGIN, imagined, picture, recipe

CATALOG = load_catalog()
FEATURES = load_feature_file(Path(__file__).parents[2] / "face_features.json")
FACE = recipe(features=draw_face(FEATURES, 5), prompt_seed=5, parameters={"steps": 28, "style": "two words"})
CALLER = Caller(ORIGIN)


async def test_the_form_of_a_face_has_five_filled_fields() -> None:
    form = edit_form(FEATURES, CATALOG, picture(3, FACE), Visibility.PRIVATE)
    inputs = [item for item in form.walk_children() if isinstance(item, ui.TextInput)]
    values = {item.custom_id: item.default for item in inputs}
    assert list(values) == ["features", "prompt_seed", "seed", "model", "options"]
    assert values["prompt_seed"] == "5"
    assert values["options"] == 'steps=28 style="two words"'
    assert form.custom_id == "v1:form:edit:3:private"
    assert len(form.title) <= 45


async def test_the_form_of_own_words_asks_for_the_prompt() -> None:
    form = edit_form(FEATURES, CATALOG, picture(3, imagined("a lighthouse")), Visibility.PUBLIC)
    inputs = [item for item in form.walk_children() if isinstance(item, ui.TextInput)]
    assert [(item.custom_id, item.default) for item in inputs][:2] == [
        ("prompt", "a lighthouse"),
        ("seed", "11"),
    ]


async def test_labels_fit_discords_limits() -> None:
    form = edit_form(FEATURES, CATALOG, picture(3, FACE), Visibility.PRIVATE)
    for label in (item for item in form.walk_children() if isinstance(item, ui.Label)):
        assert len(label.text) <= 45
        assert len(label.description or "") <= 100


async def test_discord_forgets_a_form_as_soon_as_it_is_sent() -> None:
    assert edit_form(FEATURES, CATALOG, picture(3, FACE), Visibility.PRIVATE).is_finished()


def test_a_form_sent_back_as_it_was_changes_nothing() -> None:
    before = form_values(FEATURES, CATALOG, FACE)
    assert changed_fields(before, before) == {}


def test_blanks_and_line_ends_are_no_change() -> None:
    before = form_values(FEATURES, CATALOG, FACE)
    submitted = {name: f" {value} \r\n" for name, value in before.items()}
    assert changed_fields(before, submitted) == {}


def test_only_the_touched_feature_is_a_choice() -> None:
    before = form_values(FEATURES, CATALOG, FACE)
    first, rest = before["features"].split("; ", maxsplit=1)
    name = first.split("=")[0]
    assert changed_fields(before, {**before, "features": f"{name}=round; {rest}"}) == {
        "features": f"{name}=round"
    }


def test_missing_and_unknown_fields_are_left_out() -> None:
    before = form_values(FEATURES, CATALOG, FACE)
    assert changed_fields(before, {"seed": "9", "colour": "red"}) == {"seed": "9"}


def test_what_was_not_changed_is_not_asked_for() -> None:
    ask = edit_ask(CALLER, 3, {"seed": "9"})
    assert (ask.seed, ask.prompt_seed, ask.features, ask.prompt, ask.model, ask.options) == (9, *[None] * 5)


@pytest.mark.parametrize("text", ["-1", str(MAX_SEED + 1), str(2**63), "abc", "1.5", "NaN", "٣", "1e3"])
def test_refuses_a_seed_that_is_none(text: str) -> None:
    with pytest.raises(UserError) as caught:
        edit_ask(CALLER, 3, {"seed": text})
    assert (caught.value.code, caught.value.fields["field"]) == ("bad_seed", "seed")


@pytest.mark.parametrize(("text", "seed"), [("0", 0), (str(MAX_SEED), MAX_SEED), (" 7 ", 7), ("", None)])
def test_takes_a_seed_in_range(text: str, seed: int | None) -> None:
    assert edit_ask(CALLER, 3, {"seed": text}).seed == seed
