from discord import ui

from cogs._offers import offer_row, unavailable_view
from services.models import Payer
from services.offers import ModelUnavailable, Offer, Trouble
from tests.cogs.samples import custom_ids, text_of

OFFERS = (
    Offer("fal/flux-dev", "FLUX.1 [dev]", 50_000, Payer.OPERATOR),
    Offer("sketch", "Sketch painter", 0, Payer.NOBODY),
)


def labels(view: ui.LayoutView) -> list[str | None]:
    return [item.label for item in view.walk_children() if isinstance(item, ui.Button)]


async def test_other_models_are_offered_with_their_prices() -> None:
    error = ModelUnavailable(Trouble("model_paused"), draft_id=4, offers=OFFERS)
    view = unavailable_view(error, "It is paused.")

    assert text_of(view) == "It is paused."
    assert labels(view) == ["FLUX.1 [dev] · $0.05", "Sketch painter · free"]
    assert custom_ids(view) == ["v1:draft:on:4:fal/flux-dev", "v1:draft:on:4:sketch"]


async def test_the_model_that_was_named_is_offered_without_the_seed_that_it_does_not_take() -> None:
    trouble = Trouble("model_takes_no_seed", {"model": "GPT Image 1.5"})
    named = Offer("openai/gpt-image-1.5", "GPT Image 1.5", 200_000, Payer.OPERATOR)
    view = unavailable_view(ModelUnavailable(trouble, draft_id=4, offers=(named, *OFFERS)), "x")

    assert labels(view)[:2] == ["GPT Image 1.5 without a seed · $0.20", "FLUX.1 [dev] · $0.05"]


async def test_a_missing_key_can_be_added_first() -> None:
    error = ModelUnavailable(Trouble("model_needs_key"), draft_id=4, offers=OFFERS, key_provider="fal")

    assert custom_ids(unavailable_view(error, "x"))[0] == "v1:draft:key:4"


async def test_where_nothing_waits_the_key_is_asked_for_by_its_provider() -> None:
    error = ModelUnavailable(Trouble("headshot_needs_key"), draft_id=None, offers=OFFERS, key_provider="fal")

    assert custom_ids(unavailable_view(error, "x")) == ["v1:addkey:fal"]


async def test_without_anything_to_offer_there_are_no_buttons() -> None:
    error = ModelUnavailable(Trouble("model_paused"), draft_id=4, offers=())

    assert custom_ids(unavailable_view(error, "x")) == []


async def test_a_picture_that_did_not_come_is_offered_on_other_models() -> None:
    buttons = [item for item in offer_row(9, OFFERS).children if isinstance(item, ui.Button)]

    assert [item.custom_id for item in buttons] == ["v1:on:9:fal/flux-dev", "v1:on:9:sketch"]


async def test_a_long_title_leaves_room_for_its_price() -> None:
    offer = Offer("a/b", "T" * 200, 1_234_500, Payer.USER)
    [button] = offer_row(9, [offer]).children

    assert isinstance(button, ui.Button)
    assert button.label is not None
    assert len(button.label) <= 80
    assert button.label.endswith("$1.2345")
