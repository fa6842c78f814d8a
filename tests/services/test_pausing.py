"""Pauses: who may set them, what they do to new requests, and that every process hears of them."""

import pytest

from services import pausing
from services.errors import LimnerError, NotAllowedError, NotFoundError
from services.model_choice import choose_model
from services.offers import ModelUnavailable
from services.standing import load_standing
from tests.services.studio import ADA, OPERATOR, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = "scripted/quick"


@pytest.mark.parametrize("name", ["scripted", "Scripted", QUICK, "quick", " QUICK "])
async def test_a_pause_by_any_name_keeps_new_requests_as_drafts(studio: Studio, name: str) -> None:
    await pausing.pause(studio.context, OPERATOR, name, "Back on\n Monday.")
    with pytest.raises(ModelUnavailable) as caught:
        await studio.order()

    assert caught.value.code == "model_paused"
    assert caught.value.fields == {"model": "Quick", "sentence": "Back on Monday."}


async def test_a_paused_model_is_nobodys_default(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, "scripted", "Back on Monday.")

    assert choose_model(studio.context, caller(), model="", options="", aspect="").model.id == "sketch"


async def test_a_resumed_model_paints_again(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")
    title = await pausing.resume(studio.context, OPERATOR, QUICK)

    assert title == "Quick"
    assert (await studio.order()).is_new


async def test_a_second_pause_of_the_same_changes_the_sentence(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Friday.")

    assert studio.context.standing.pauses == {QUICK: "Back on Friday."}


async def test_another_process_hears_of_a_pause(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")

    assert (await load_standing(studio.context.database)).pauses == {QUICK: "Back on Monday."}


async def test_nobody_but_an_operator_may_pause_or_resume(studio: Studio) -> None:
    with pytest.raises(NotAllowedError, match="operator"):
        await pausing.pause(studio.context, ADA, QUICK, "Mine.")
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")
    with pytest.raises(NotAllowedError, match="operator"):
        await pausing.resume(studio.context, ADA, QUICK)

    assert studio.context.standing.pauses == {QUICK: "Back on Monday."}


@pytest.mark.parametrize(
    ("name", "sentence", "code"),
    [
        ("flux-9000", "Why not.", "unknown_model"),
        (QUICK, " \n ", "empty_sentence"),
        (QUICK, "x" * 301, "text_too_long"),
    ],
)
async def test_refuses_what_it_cannot_pause(studio: Studio, name: str, sentence: str, code: str) -> None:
    with pytest.raises(LimnerError) as caught:
        await pausing.pause(studio.context, OPERATOR, name, sentence)

    assert caught.value.code == code


async def test_what_is_not_paused_cannot_be_resumed(studio: Studio) -> None:
    with pytest.raises(NotFoundError, match="not paused"):
        await pausing.resume(studio.context, OPERATOR, QUICK)


async def test_names_are_suggested_by_what_was_typed(studio: Studio) -> None:
    await pausing.pause(studio.context, OPERATOR, QUICK, "Back on Monday.")

    assert ("Scripted", "scripted") in pausing.suggest_names(studio.context, "scri")
    assert pausing.suggest_names(studio.context, "no such thing") == []
    assert len(pausing.suggest_names(studio.context, "")) == 25
    assert pausing.suggest_paused(studio.context, OPERATOR, "qui") == [(f"{QUICK}: Back on Monday.", QUICK)]
    assert pausing.suggest_paused(studio.context, OPERATOR, "flux") == []
