"""Which model paints, at what price, on whose account, and what keeps it from painting."""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

import pytest

from db.people.provider_keys import KeyEntry
from services.accounts import AccountBook
from services.asks import Caller
from services.context import Context
from services.errors import UserError
from services.model_choice import ModelChoice, choice_of, choose_model, default_model, may_spend
from services.models import NO_PARAMETERS, Account, Dropped, Installation, Payer
from services.providers.registry import ADAPTERS
from services.references import KnownReference
from services.standing import Standing
from tests.in_words import in_words
from tests.services.finished import seedless, with_model
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = "scripted/quick"
ADAS_KEY = KeyEntry(1, "scripted", Payer.USER, ADA, "aaaa")
SERVERS_KEY = KeyEntry(2, "scripted", Payer.SERVER, GUILD, "bbbb")


def choose(
    context: Context, who: Caller | None = None, *, model: str = "", options: str = "", aspect: str = ""
) -> ModelChoice:
    return choose_model(context, who or caller(), model=model, options=options, aspect=aspect)


def preferring_quick(context: Context) -> Context:
    catalog = replace(context.catalog, preferred=(QUICK,))
    return replace(context, catalog=catalog, registry=context.registry.changed(catalog=catalog))


def with_keys(context: Context, *entries: KeyEntry) -> Context:
    return replace(context, accounts=AccountBook(entries))


def without_operators_key(context: Context) -> Context:
    return replace(context, registry=context.registry.changed(keys={}))


def trouble_of(choice: ModelChoice) -> str | None:
    return None if choice.trouble is None else choice.trouble.code


async def test_paints_with_the_sketch_painter_where_nothing_else_is_ready(studio: Studio) -> None:
    choice = choose(studio.context)

    assert (choice.model.id, choice.price_micro_usd, choice.dropped) == ("sketch", 0, ())
    assert choice.account.payer is Payer.NOBODY


async def test_paints_with_the_preferred_model_where_it_is_ready_and_may_be_paid(studio: Studio) -> None:
    choice = choose(preferring_quick(studio.context))

    assert (choice.model.id, choice.price_micro_usd, choice.account) == (
        QUICK,
        40_000,
        Account(Payer.OPERATOR),
    )


@pytest.mark.parametrize(
    ("installation", "guild_id"),
    [(Installation.GUILD, 999), (Installation.GUILD, None), (Installation.USER, GUILD)],
    ids=["unlisted server", "direct messages", "user install"],
)
async def test_the_operators_keys_paint_in_listed_servers_only(
    studio: Studio, installation: Installation, guild_id: int | None
) -> None:
    who = caller(installation=installation, guild_id=guild_id)

    assert not may_spend(studio.context, who)
    assert choose(preferring_quick(studio.context), who).model.id == "sketch"
    assert trouble_of(choose(studio.context, who, model=QUICK)) == "server_not_listed"


async def test_play_money_may_be_spent_in_every_server_but_not_by_user_installs(studio: Studio) -> None:
    context = replace(studio.context, limits=replace(studio.context.limits, is_play_money=True))

    assert may_spend(context, caller(guild_id=999))
    assert not may_spend(context, caller(installation=Installation.USER, guild_id=999))


async def test_lets_everybody_paint_what_is_free(studio: Studio) -> None:
    assert choose(studio.context, caller(guild_id=None), model="sketch").price_micro_usd == 0


async def test_a_model_without_a_key_is_not_replaced_but_waits_for_one(studio: Studio) -> None:
    choice = choose(without_operators_key(studio.context), model=QUICK)

    assert choice.model.id == QUICK
    assert trouble_of(choice) == "model_needs_key"
    assert choice.account.payer is Payer.NOBODY


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((ADAS_KEY, SERVERS_KEY), Account(Payer.USER, 1)),
        ((SERVERS_KEY,), Account(Payer.SERVER, 2)),
        ((), Account(Payer.OPERATOR)),
    ],
    ids=["own key first", "then the server's", "then the operator's"],
)
async def test_the_nearest_key_pays(studio: Studio, entries: Iterable[KeyEntry], expected: Account) -> None:
    assert choose(with_keys(studio.context, *entries), model=QUICK).account == expected


async def test_a_persons_key_pays_everywhere_and_for_that_person_only(studio: Studio) -> None:
    context = with_keys(without_operators_key(studio.context), ADAS_KEY)
    anywhere = caller(ADA, installation=Installation.USER, guild_id=None)

    assert choose(context, anywhere, model=QUICK).account == Account(Payer.USER, 1)
    assert trouble_of(choose(context, caller(BEN), model=QUICK)) == "model_needs_key"


@pytest.mark.parametrize(
    ("installation", "guild_id"),
    [(Installation.USER, GUILD), (Installation.GUILD, 999), (Installation.GUILD, None)],
    ids=["user install in it", "another server", "direct messages"],
)
async def test_a_servers_key_pays_only_for_what_is_asked_through_that_server(
    studio: Studio, installation: Installation, guild_id: int | None
) -> None:
    context = with_keys(without_operators_key(studio.context), SERVERS_KEY)
    who = caller(installation=installation, guild_id=guild_id)

    assert trouble_of(choose(context, who, model=QUICK)) == "model_needs_key"


async def test_whoever_brings_a_key_paints_with_the_preferred_model_by_default(studio: Studio) -> None:
    context = with_keys(without_operators_key(preferring_quick(studio.context)), ADAS_KEY)

    assert default_model(context, caller(ADA)).id == QUICK
    assert default_model(context, caller(BEN)).id == "sketch"


async def test_a_paused_model_is_no_default_and_says_why(studio: Studio) -> None:
    paused = Standing({"scripted": "Back on Monday."})
    context = replace(preferring_quick(studio.context), standing=paused)
    trouble = choose(context, model=QUICK).trouble

    assert default_model(context, caller()).id == "sketch"
    assert trouble is not None
    assert (trouble.code, trouble.fields["sentence"]) == ("model_paused", "Back on Monday.")


async def test_a_seed_that_the_model_cannot_take_is_said_before_it_costs_anything(studio: Studio) -> None:
    model = seedless(studio.context.catalog.find(QUICK))
    context = with_model(studio.context, model)

    assert (
        trouble_of(choice_of(context, caller(), model, NO_PARAMETERS, wants_seed=True))
        == "model_takes_no_seed"
    )
    assert trouble_of(choice_of(context, caller(), model, NO_PARAMETERS)) is None


async def test_a_seed_that_the_model_cannot_take_is_said_before_a_key_is_asked_for(studio: Studio) -> None:
    model = seedless(studio.context.catalog.find(QUICK))
    context = without_operators_key(with_model(studio.context, model))

    assert (
        trouble_of(choice_of(context, caller(), model, NO_PARAMETERS, wants_seed=True))
        == "model_takes_no_seed"
    )
    assert trouble_of(choice_of(context, caller(), model, NO_PARAMETERS)) == "model_needs_key"


async def test_words_that_the_model_does_not_read_are_named_once(studio: Studio) -> None:
    quick = studio.context.catalog.find(QUICK)
    model = replace(quick, capabilities=replace(quick.capabilities, takes_prompt=False))
    first = choose(with_model(studio.context, model), model=QUICK)
    again = choice_of(studio.context, caller(), model, first.parameters, first.dropped)

    reason = f"{model.title} works on its reference picture alone"
    assert in_words(first.dropped) == [("prompt", reason)]
    assert first.dropped == again.dropped

    before = (Dropped("prompt", reason),)
    assert choice_of(studio.context, caller(), model, first.parameters, before).dropped == before


async def test_refuses_a_model_whose_provider_is_not_of_this_version(studio: Studio) -> None:
    registry = studio.context.registry.changed(adapters=ADAPTERS)
    with pytest.raises(UserError) as caught:
        choose(replace(studio.context, registry=registry), model=QUICK)

    assert (caught.value.code, caught.value.fields["model"]) == ("model_not_ready", "Quick")


async def test_refuses_a_model_without_a_price(studio: Studio) -> None:
    context = with_model(studio.context, replace(studio.context.catalog.find(QUICK), price=None))
    with pytest.raises(UserError) as caught:
        choose(context, model=QUICK)

    assert (caught.value.code, caught.value.fields) == ("no_price", {"field": "model", "model": "Quick"})


@pytest.mark.parametrize(
    ("takes", "needs", "given", "code"),
    [
        (1, 1, 0, "model_needs_reference"),
        (0, 0, 1, "model_takes_no_reference"),
        (1, 0, 2, "too_many_references"),
    ],
)
async def test_refuses_too_few_and_too_many_references(
    studio: Studio, takes: int, needs: int, given: int, code: str
) -> None:
    quick = studio.context.catalog.find(QUICK)
    model = replace(
        quick, capabilities=replace(quick.capabilities, references=takes, references_needed=needs)
    )
    references = [KnownReference("0" * 64, 100, 100)] * given
    with pytest.raises(UserError) as caught:
        choice_of(with_model(studio.context, model), caller(), model, NO_PARAMETERS, references=references)

    assert (caught.value.code, caught.value.fields["model"]) == (code, "Quick")


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

    assert choose(with_model(studio.context, dearer), model=QUICK).price_micro_usd == 70_000


async def test_does_not_take_a_size_whose_price_is_unknown(studio: Studio) -> None:
    quick = studio.context.catalog.find(QUICK)
    flux = studio.context.catalog.find("fal/flux-dev")
    sizeless = replace(quick, price=flux.price, parameters=MappingProxyType({}))
    with pytest.raises(UserError, match="no_price"):
        choice_of(with_model(studio.context, sizeless), caller(), sizeless, NO_PARAMETERS)
