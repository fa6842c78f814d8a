"""Which model paints, at what price, and who may spend that."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from services.asks import Caller
from services.context import Context
from services.errors import NotAllowedError, UserError
from services.model_choice import ModelChoice, check_price, choose_model, may_spend
from services.models import NO_PARAMETERS, Installation
from tests.services.finished import with_model
from tests.services.studio import GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = "scripted/quick"


def choose(
    context: Context, who: Caller | None = None, *, model: str = "", options: str = "", aspect: str = ""
) -> ModelChoice:
    return choose_model(context, who or caller(), model=model, options=options, aspect=aspect)


def preferring_quick(context: Context) -> Context:
    catalog = replace(context.catalog, preferred=(QUICK,))
    return replace(context, catalog=catalog, registry=replace(context.registry, catalog=catalog))


async def test_paints_with_the_sketch_painter_where_nothing_else_is_ready(studio: Studio) -> None:
    choice = choose(studio.context)

    assert (choice.model.id, choice.price_micro_usd, choice.dropped) == ("sketch", 0, ())


async def test_paints_with_the_preferred_model_where_it_is_ready_and_may_be_paid(studio: Studio) -> None:
    context = preferring_quick(studio.context)
    choice = choose(context)

    assert (choice.model.id, choice.price_micro_usd) == (QUICK, 40_000)


@pytest.mark.parametrize(
    ("installation", "guild_id"),
    [(Installation.GUILD, 999), (Installation.GUILD, None), (Installation.USER, GUILD)],
    ids=["unlisted server", "direct messages", "user install"],
)
async def test_paints_a_free_sketch_by_default_where_nothing_may_be_spent(
    studio: Studio, installation: Installation, guild_id: int | None
) -> None:
    who = caller(installation=installation, guild_id=guild_id)

    assert not may_spend(studio.context, who)
    assert choose(preferring_quick(studio.context), who).model.id == "sketch"
    with pytest.raises(NotAllowedError) as caught:
        choose(studio.context, who, model=QUICK)
    assert (caught.value.code, caught.value.fields) == ("server_not_listed", {"model": "Quick"})


async def test_lets_everybody_paint_what_is_free(studio: Studio) -> None:
    assert choose(studio.context, caller(guild_id=None), model="sketch").price_micro_usd == 0


async def test_draws_a_sketch_and_says_so_where_the_model_lacks_its_key(studio: Studio) -> None:
    choice = choose(studio.context, model="fal/flux-dev")

    assert choice.model.id == "sketch"
    assert choice.price_micro_usd == 0
    assert [dropped.name for dropped in choice.dropped] == ["model"]
    assert "needs a key" in choice.dropped[0].reason
    assert choice.dropped[0].reason.startswith(studio.context.catalog.find("fal/flux-dev").title)


async def test_draws_a_sketch_and_says_so_where_the_provider_is_not_of_this_version(studio: Studio) -> None:
    registry = replace(studio.context.registry, keyless=frozenset[str]())
    choice = choose(replace(studio.context, registry=registry), model="fal/flux-dev")

    assert choice.model.id == "sketch"
    assert "not reachable from this version" in choice.dropped[0].reason


async def test_names_the_dropped_options_after_the_dropped_model(studio: Studio) -> None:
    choice = choose(studio.context, model="fal/flux-dev", options="steps=28")

    assert [dropped.name for dropped in choice.dropped] == ["model", "steps"]


async def test_refuses_a_model_without_a_price(studio: Studio) -> None:
    context = with_model(studio.context, replace(studio.context.catalog.find(QUICK), price=None))
    with pytest.raises(UserError) as caught:
        choose(context, model=QUICK)

    assert (caught.value.code, caught.value.fields) == ("no_price", {"field": "model", "model": "Quick"})


async def test_refuses_a_model_that_cannot_do_without_a_reference(studio: Studio) -> None:
    quick = studio.context.catalog.find(QUICK)
    needing = replace(quick, capabilities=replace(quick.capabilities, references=1, references_needed=1))
    with pytest.raises(UserError) as caught:
        choose(with_model(studio.context, needing), model=QUICK)

    assert (caught.value.code, caught.value.fields["model"]) == ("model_needs_reference", "Quick")


@pytest.mark.parametrize(
    ("model", "options", "aspect", "code"),
    [
        ("flux-pro-v9", "", "", "unknown_model"),
        ("sketch", "format=gif", "", "bad_option"),
        ("sketch", "format=png format=jpeg", "", "duplicate_option"),
        ("sketch", "format", "", "bad_options"),
        ("sketch", "x" * 4001, "", "options_too_long"),
        (QUICK, "", "16:9", "bad_aspect"),
    ],
)
async def test_refuses_models_options_and_aspects_that_do_not_fit(
    studio: Studio, model: str, options: str, aspect: str, code: str
) -> None:
    with pytest.raises(UserError) as caught:
        choose(studio.context, model=model, options=options, aspect=aspect)

    assert caught.value.code == code


async def test_sends_the_parameters_of_the_aspect_and_none_without_one(studio: Studio) -> None:
    assert dict(choose(studio.context, model=QUICK, aspect="1:1").parameters) == {"aspect_ratio": "1:1"}
    assert dict(choose(studio.context, model=QUICK).parameters) == {}


async def test_prices_the_parameters_as_they_are_today(studio: Studio) -> None:
    quick = studio.context.catalog.find(QUICK)
    assert quick.price is not None
    dearer = replace(quick, price=replace(quick.price, micro_usd=70_000))
    context = with_model(studio.context, dearer)

    assert check_price(context, caller(), context.catalog.find(QUICK), NO_PARAMETERS) == 70_000


async def test_does_not_take_a_size_whose_price_is_unknown(studio: Studio) -> None:
    flux = studio.context.catalog.find("fal/flux-dev")
    sizeless = replace(flux, parameters=MappingProxyType({}))
    with pytest.raises(UserError, match="no_price"):
        check_price(studio.context, caller(), sizeless, NO_PARAMETERS)
