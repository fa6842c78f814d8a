"""Which model paints when nobody names one, and what a server allows."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from db.people import preferences as rows
from db.people.preferences import PersonRow, ServerRow
from services.asks import Caller
from services.commissioning import move_to_model
from services.context import Context
from services.errors import NotAllowedError
from services.jobs.acceptance import Commission, accept
from services.model_choice import DefaultSource, choose_model, default_choice
from services.models import Recipe, RecipeKind
from services.offers import ModelUnavailable
from services.preferences import Preferences
from services.server_rules import ServerRules
from services.standing import Standing
from tests.in_words import in_words
from tests.services.finished import with_model
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK, SKETCH = "scripted/quick", "sketch"
ADAS = {ADA: PersonRow(QUICK)}


def with_settings(
    context: Context,
    people: Mapping[int, PersonRow] | None = None,
    server: ServerRow | None = None,
) -> Context:
    servers = {} if server is None else {GUILD: server}
    return replace(context, preferences=Preferences(people or {}, servers))


def allowing(*names: str) -> ServerRow:
    return ServerRow(rules=ServerRules(frozenset(names)))


def recipe_for(model: str) -> Recipe:
    return Recipe(RecipeKind.IMAGINE, "a lighthouse", model.partition("/")[0], model, "1", 7)


def default_of(context: Context, who: Caller | None = None) -> tuple[str, DefaultSource]:
    default = default_choice(context, who or caller())
    return default.model.id, default.source


def reasons(context: Context, who: Caller | None = None) -> list[str]:
    return [reason for _, reason in in_words(default_choice(context, who or caller()).passed_over)]


@ON_SQLITE
async def test_the_persons_default_counts_before_the_servers_and_that_before_the_bots(studio: Studio) -> None:
    both = with_settings(studio.context, ADAS, ServerRow("scripted/quick"))
    assert default_of(both) == (QUICK, DefaultSource.PERSON)
    assert default_of(both, caller(BEN)) == (QUICK, DefaultSource.SERVER)
    assert default_of(both, caller(BEN, guild_id=None)) == (SKETCH, DefaultSource.BOT)


@ON_SQLITE
async def test_a_named_model_counts_before_every_default(studio: Studio) -> None:
    context = with_settings(studio.context, ADAS)
    choice = choose_model(context, caller(), model=SKETCH, options="", aspect="")
    assert (choice.model.id, choice.dropped) == (SKETCH, ())


@ON_SQLITE
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "your default Quick has no key that pays here"),
        ("de", "dein Standardmodell Quick hat hier keinen Schlüssel, der zahlt"),
    ],
    ids=["in English", "in German"],
)
async def test_a_default_that_nobodys_key_pays_for_gives_way_and_is_named(
    studio: Studio, language: str, expected: str
) -> None:
    context = with_settings(studio.context, ADAS)
    keyless = replace(context, registry=context.registry.changed(keys={}))
    choice = choose_model(keyless, caller(), model="", options="", aspect="")
    assert choice.model.id == SKETCH
    assert in_words(choice.dropped, language) == [("model", expected)]
    assert choice.trouble is None


@ON_SQLITE
async def test_a_default_that_the_server_does_not_allow_gives_way_there_only(studio: Studio) -> None:
    context = with_settings(studio.context, ADAS, allowing(SKETCH))
    assert default_of(context) == (SKETCH, DefaultSource.BOT)
    assert reasons(context) == ["your default Quick is not allowed in this server"]
    elsewhere = with_settings(studio.context, ADAS)
    assert default_of(elsewhere) == (QUICK, DefaultSource.PERSON)


@ON_SQLITE
async def test_a_default_that_the_catalogue_has_no_more_gives_way(studio: Studio) -> None:
    context = with_settings(studio.context, {ADA: PersonRow("fal/of-last-year")}, ServerRow(QUICK))
    assert default_of(context) == (QUICK, DefaultSource.SERVER)
    assert reasons(context) == ["your default fal/of-last-year is not to be had any more"]


@ON_SQLITE
async def test_a_default_without_a_price_gives_way(studio: Studio) -> None:
    unpriced = replace(studio.context.catalog.find(QUICK), price=None)
    context = with_settings(with_model(studio.context, unpriced), server=ServerRow(QUICK))
    assert default_of(context) == (SKETCH, DefaultSource.BOT)
    assert reasons(context) == ["this server's default Quick cannot be used yet"]


@ON_SQLITE
async def test_a_default_that_is_only_paused_stays_and_the_person_is_asked(studio: Studio) -> None:
    paused = replace(studio.context, standing=Standing({"scripted": "Back on Monday."}))
    choice = choose_model(with_settings(paused, ADAS), caller(), model="", options="", aspect="")
    assert choice.model.id == QUICK
    assert choice.trouble is not None
    assert choice.trouble.code == "model_paused"


@ON_SQLITE
async def test_where_only_one_model_is_allowed_it_is_the_default(studio: Studio) -> None:
    context = with_settings(studio.context, server=allowing("scripted"))
    assert default_of(context) == (QUICK, DefaultSource.BOT)


@ON_SQLITE
async def test_where_what_is_allowed_needs_a_key_that_is_what_is_said(studio: Studio) -> None:
    context = with_settings(studio.context, server=allowing("fal/codeformer", "fal/flux-dev"))
    choice = choose_model(context, caller(), model="", options="", aspect="")
    assert choice.model.id == "fal/flux-dev"
    assert choice.trouble is not None
    assert choice.trouble.code == "model_needs_key"


async def test_a_model_that_is_not_allowed_is_refused_and_only_allowed_ones_are_offered(
    studio: Studio,
) -> None:
    quick = replace(studio.context.catalog.find(QUICK), equivalents=("fal/flux-dev", SKETCH))
    studio.context = with_settings(with_model(studio.context, quick), server=allowing(SKETCH))
    with pytest.raises(ModelUnavailable) as caught:
        await studio.order()
    assert caught.value.code == "model_not_allowed"
    assert [offer.model_id for offer in caught.value.offers] == [SKETCH]
    assert studio.server.paid_submits == 0


@ON_SQLITE
async def test_the_rules_of_a_server_hold_in_it_by_whatever_installation_and_nowhere_else(
    studio: Studio,
) -> None:
    context = with_settings(studio.context, server=allowing(SKETCH))
    inside = choose_model(context, caller(), model=QUICK, options="", aspect="").trouble
    outside = choose_model(context, caller(guild_id=None), model=QUICK, options="", aspect="").trouble
    assert inside is not None
    assert inside.code == "model_not_allowed"
    assert outside is None or outside.code != "model_not_allowed"


@ON_SQLITE
async def test_a_model_that_cannot_be_as_strict_as_the_server_wants_is_refused(studio: Studio) -> None:
    rules = ServerRules(caps={"safety_tolerance": "0"})
    context = with_settings(studio.context, server=ServerRow(rules=rules))
    trouble = choose_model(context, caller(), model="fal/flux-pro-v1.1-ultra", options="", aspect="").trouble
    assert trouble is not None
    assert trouble.code == "model_not_strict"


@ON_SQLITE
async def test_a_parameter_of_safety_is_lowered_to_the_cap_and_named(studio: Studio) -> None:
    rules = ServerRules(caps={"safety_tolerance": "1"})
    context = with_settings(studio.context, server=ServerRow(rules=rules))
    choice = choose_model(
        context, caller(), model="bfl/flux-pro-1.1", options="safety_tolerance=5", aspect=""
    )
    assert choice.parameters["safety_tolerance"] == 1
    assert [each.name for each in choice.dropped] == ["safety_tolerance"]
    silent = choose_model(context, caller(), model="bfl/flux-pro-1.1", options="", aspect="")
    assert (silent.parameters["safety_tolerance"], silent.dropped) == (1, ())


@ON_SQLITE
async def test_a_picture_made_again_does_not_repeat_which_default_did_not_paint_it(studio: Studio) -> None:
    context = with_settings(studio.context, ADAS, allowing(SKETCH))
    choice = choose_model(context, caller(), model="", options="hats=3", aspect="1:1")
    recipe = replace(recipe_for(SKETCH), dropped=choice.dropped)
    again = await move_to_model(context, caller(), recipe, context.catalog.find(SKETCH))
    assert [each.name for each in choice.dropped] == ["model", "hats"]
    assert [each.name for each in again.recipe.dropped] == ["hats"]


async def test_what_a_server_forbids_is_not_accepted_from_a_process_that_has_not_heard_of_it(
    studio: Studio,
) -> None:
    studio.context = with_settings(studio.context)
    await studio.context.database.write(rows.change_server, GUILD, lambda _row: allowing(SKETCH))
    with pytest.raises(NotAllowedError) as caught:
        await studio.order()
    assert caught.value.code == "rules_changed"
    assert await studio.context.reload_bell.wait(0)
    await studio.portrait()


async def test_a_cap_is_kept_to_by_a_process_that_has_not_heard_of_it(studio: Studio) -> None:
    studio.context = with_settings(studio.context)
    strict = ServerRow(rules=ServerRules(caps={"safety_tolerance": "1"}))
    await studio.context.database.write(rows.change_server, GUILD, lambda _row: strict)
    by_default = recipe_for("bfl/flux-pro-1.1")
    with pytest.raises(NotAllowedError) as caught:
        await accept(studio.context, caller(), "imagine", [Commission(by_default)])
    assert caught.value.code == "rules_changed"
    lowered = replace(by_default, parameters={"safety_tolerance": 1})
    assert (await accept(studio.context, caller(), "imagine", [Commission(lowered)])).is_new
    elsewhere = caller(guild_id=None)
    assert (await accept(studio.context, elsewhere, "imagine", [Commission(by_default)])).is_new
