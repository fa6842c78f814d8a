"""Which model paints a character when nobody names one, and what the reply says of those that do not."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from db.people.preferences import PersonRow, ServerRow
from services.asks import Caller, SceneAsk, StoryAsk
from services.character_scenes import create_scene, create_story, plan_scene, plan_story
from services.models import Recipe
from services.offers import ModelUnavailable
from services.preferences import Preferences
from services.server_rules import ServerRules
from services.standing import Standing
from tests.in_words import in_words
from tests.services.finished import painted, recipe_of, recipes_of, with_model
from tests.services.kept import kept
from tests.services.studio import ADA, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""No SQL decides this."""

QUICK, LOOKING, SKETCH = "scripted/quick", "scripted/looking", "sketch"


def model(studio: Studio, model_id: str, title: str, *, references: int, needed: int = 0) -> None:
    """Put one more model into the catalogue; it takes words, and so many pictures."""
    quick = studio.context.catalog.find(QUICK)
    taken = replace(quick.capabilities, references=references, references_needed=needed)
    studio.context = with_model(studio.context, replace(quick, id=model_id, title=title, capabilities=taken))


def preferring_what_looks(studio: Studio) -> None:
    """Let there be a model that looks at four pictures, and be the only preferred one that looks at any."""
    model(studio, LOOKING, "Looking", references=4)
    catalog = replace(studio.context.catalog, preferred_with_references=(LOOKING,))
    registry = studio.context.registry.changed(catalog=catalog)
    studio.context = replace(studio.context, catalog=catalog, registry=registry)


def with_defaults(
    studio: Studio, *, person: str = "", server: str = "", rules: ServerRules | None = None
) -> None:
    people: Mapping[int, PersonRow] = {ADA: PersonRow(person)}
    row = ServerRow(server) if rules is None else ServerRow(server, rules=rules)
    studio.context = replace(studio.context, preferences=Preferences(people, {GUILD: row}))


async def scene(studio: Studio, who: Caller | None = None, **options: object) -> Recipe:
    ask = SceneAsk(who or caller(), "Mira", "asleep", **options)  # type: ignore[arg-type] # options by name
    return await recipe_of(studio, await create_scene(studio.context, plan_scene(studio.context, ask)))


async def with_picture(studio: Studio) -> None:
    """Keep Mira with one picture."""
    await kept(studio, references=(await painted(studio)).code)


def said(recipe: Recipe, name: str) -> list[str]:
    return [reason for each, reason in in_words(recipe.dropped) if each == name]


async def test_the_persons_default_paints_and_the_reply_says_that_it_looks_at_no_pictures(
    studio: Studio,
) -> None:
    preferring_what_looks(studio)
    with_defaults(studio, person=QUICK)
    await with_picture(studio)
    recipe = await scene(studio)
    assert (recipe.model, said(recipe, "model")) == (QUICK, [])
    assert said(recipe, "references") == ["Quick looks at no pictures: Mira is described, not shown"]
    assert (await scene(studio, model=LOOKING)).model == LOOKING, "a named model counts before every default"


async def test_a_servers_default_that_looks_at_pictures_paints(studio: Studio) -> None:
    preferring_what_looks(studio)
    model(studio, "scripted/other", "Other", references=1)
    with_defaults(studio, server="scripted/other")
    await with_picture(studio)
    recipe = await scene(studio)
    assert (recipe.model, len(recipe.references), recipe.dropped) == ("scripted/other", 1, ())


async def test_a_servers_default_that_looks_at_none_paints_too_lest_it_costs_what_nobody_meant_to_spend(
    studio: Studio,
) -> None:
    preferring_what_looks(studio)
    with_defaults(studio, server=SKETCH)
    await with_picture(studio)
    recipe = await scene(studio)
    assert (recipe.model, said(recipe, "model")) == (SKETCH, [])
    assert said(recipe, "references") == ["Sketch painter looks at no pictures: Mira is described, not shown"]


async def test_a_default_that_needs_a_picture_gives_way_where_there_is_none(studio: Studio) -> None:
    model(studio, "scripted/needing", "Needing", references=1, needed=1)
    with_defaults(studio, person="scripted/needing", server=QUICK)
    await kept(studio)
    recipe = await scene(studio)
    assert (recipe.model, said(recipe, "model")) == (
        QUICK,
        ["your default Needing needs a picture to look at"],
    )


async def test_a_default_that_reads_no_words_gives_way(studio: Studio) -> None:
    quick = studio.context.catalog.find(QUICK)
    silent = replace(
        quick,
        id="scripted/silent",
        title="Silent",
        capabilities=replace(quick.capabilities, references=1, takes_prompt=False),
    )
    studio.context = with_model(studio.context, silent)
    with_defaults(studio, person="scripted/silent")
    await with_picture(studio)
    assert said(await scene(studio), "model") == ["your default Silent reads no words"]


async def test_a_default_that_is_not_allowed_gives_way_to_what_looks_and_is_named(studio: Studio) -> None:
    preferring_what_looks(studio)
    with_defaults(studio, person=QUICK, rules=ServerRules(frozenset({LOOKING})))
    await with_picture(studio)
    recipe = await scene(studio)
    assert (recipe.model, said(recipe, "model")) == (
        LOOKING,
        ["your default Quick is not allowed in this server"],
    )


async def test_a_default_that_is_only_paused_stays_and_the_person_is_asked(studio: Studio) -> None:
    preferring_what_looks(studio)
    await with_picture(studio)
    with_defaults(studio, person=QUICK)
    studio.context = replace(studio.context, standing=Standing({"scripted": "Back on Monday."}))
    with pytest.raises(ModelUnavailable) as caught:
        await scene(studio)
    assert caught.value.code == "model_paused"


async def test_a_story_is_painted_by_the_default_as_well(studio: Studio) -> None:
    with_defaults(studio, person=QUICK)
    await kept(studio)
    ask = StoryAsk(SceneAsk(caller(), "Mira", ""), "asleep | on a boat")
    accepted = await create_story(studio.context, plan_story(studio.context, ask))
    assert {recipe.model for recipe in await recipes_of(studio, accepted)} == {QUICK}
