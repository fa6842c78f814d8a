"""What "More" offers to paint after a picture: as a message, and over the wire of a local Discord."""

from types import MappingProxyType
from typing import cast

import pytest
from discord import ui

from cogs._edge import BotInteraction
from cogs._more_actions import paint_on_chosen
from cogs._pages import more_view
from cogs._press import Press
from services.errors import UserError
from services.from_picture import StepPrice
from services.models import Visibility
from services.next_steps import ModelStep, NextSteps
from services.providers.model import Strength
from tests.cogs.house import House, button, ids, said
from tests.cogs.samples import custom_ids, imagined, picture, recipe, text_of
from tests.cogs.test_reroll import code_of

PRICE, ABOUT = StepPrice(25_000), StepPrice(90_000, is_estimate=True)
STEPS = NextSteps(
    variations=MappingProxyType({Strength.SUBTLE: PRICE, Strength.STRONG: ABOUT}),
    upscales=(ModelStep("fal/clarity-upscaler", "C" * 100, "fal", PRICE),),
    models=tuple(ModelStep(f"fal/model-{n}", f"Model {n}", "fal", PRICE) for n in range(25)),
)


def labels(view: ui.LayoutView) -> list[str]:
    return [item.label or "" for item in view.walk_children() if isinstance(item, ui.Button)]


async def test_every_step_has_its_price_on_it_and_fits_discord() -> None:
    made = picture(10**17, recipe(parent="7k2m9xq4"), price_micro_usd=25_000)
    for language, words in (
        ("en", ("Compare with 7k2m9xq4", "Reroll features · $0.025", "Vary boldly · about $0.09")),
        ("de", ("Mit 7k2m9xq4 vergleichen", "Merkmale neu ziehen · $0.025", "Stark abwandeln · etwa $0.09")),
    ):
        view = more_view(made, is_owner=True, steps=STEPS, language=language)
        assert set(words) <= set(labels(view))
        assert all(0 < len(label) <= 80 for label in labels(view))
        assert all(len(one) <= 100 for one in custom_ids(view))
        assert len(list(view.walk_children())) <= 40
        rows = [item for item in view.walk_children() if isinstance(item, ui.ActionRow)]
        assert all(len(row.children) <= 5 for row in rows)
        [select] = [item for item in view.walk_children() if isinstance(item, ui.Select)]
        assert len(select.options) == 25


async def test_what_cannot_be_done_is_not_offered() -> None:
    view = more_view(picture(1, imagined(parent=None)), is_owner=False, steps=NextSteps())
    verbs = ("recipe", "knobs", "save", "refer", "family")
    assert custom_ids(view) == [f"v1:job:{verb}:1" for verb in verbs]


async def test_says_which_key_would_enlarge() -> None:
    steps = NextSteps(keys_for_upscaling=("fal",))
    assert "a key for fal: `/keys add`" in text_of(more_view(picture(1), is_owner=False, steps=steps))
    german = more_view(picture(1), is_owner=False, steps=steps, language="de")
    assert "Schlüssel für fal: `/schlüssel hinzufügen`" in text_of(german)


async def test_a_variation_is_painted_with_one_press_and_seen_like_its_picture(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    more = (await house.click(message, button(message, "more"), user="ben"))["message"]
    varied = await house.click(more, button(more, "varystrong"), user="ben")
    private = (await house.slash("portrait", private=True))["message"]
    its_more = (await house.click(private, button(private, "more")))["message"]
    hidden = await house.click(its_more, button(its_more, "varysubtle"))

    assert not varied["ephemeral"]
    assert hidden["ephemeral"]
    assert len(varied["message"]["attachments"]) == len(hidden["message"]["attachments"]) == 1
    made_from = (await house.click(varied["message"], button(varied["message"], "more")))["message"]
    assert f"Made from `{code_of(message)}`" in said(made_from)


async def test_a_chosen_model_paints_the_same_recipe(house: House) -> None:
    message = (await house.slash("portrait", prompt_seed=5))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    select = next(one for one in ids(more) if ":model:" in one)
    moved = (await house.click(more, select, values=["scripted/quick"]))["message"]
    assert "**scripted/quick**" in said(moved)
    assert "prompt seed `5`" in said(moved)


@pytest.mark.parametrize("chosen", [(), ("sketch", "scripted/quick")], ids=["none", "two"])
async def test_a_forged_choice_of_models_is_out_of_date(chosen: tuple[str, ...]) -> None:
    press = Press(cast("BotInteraction", None), 1, Visibility.PRIVATE, chosen)
    with pytest.raises(UserError) as caught:
        await paint_on_chosen(press)
    assert caught.value.code == "out_of_date"
