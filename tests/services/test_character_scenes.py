"""`/character scene`: which words, which pictures in which order, which model, and what is said of the rest."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from services import history
from services.asks import Accepted, Caller, EditAsk, RerunAsk, SceneAsk, SeedChoice, StoryAsk
from services.character_keeping import CharacterChange, delete_character, edit_character
from services.character_pictures import add_pictures, remove_picture
from services.character_scenes import LONGEST_SCENE, create_scene, create_story, plan_scene, plan_story
from services.characters import suggest_characters
from services.errors import NotFoundError, UserError
from services.jobs.courier import CharacterTag, PictureResult
from services.languages import ENGLISH
from services.models import DrawnFeature, FeatureKey, Recipe
from services.offers import ModelUnavailable
from services.reruns import edit, rerun
from tests.in_words import in_words
from tests.services.finished import (
    EYE_COLOR,
    HAIR_COLOR,
    counted_seeds,
    finish,
    looking_at,
    painted,
    recipe_of,
    recipes_of,
    seedless,
    values_of,
    with_model,
)
from tests.services.kept import GIRL, NEIGHBOUR, OWNER, kept
from tests.services.studio import BEN, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

QUICK = "scripted/quick"
BUSHY = DrawnFeature("Shape", "Eyebrow", "bushy")
UMBRELLA = "now she is holding an umbrella in the rain"


async def scene(
    studio: Studio, who: Caller | None = None, scene: str = UMBRELLA, **options: object
) -> Accepted:
    asked = {"character": "Mira", "scene": scene} | options
    ask = SceneAsk(who or caller(), **asked)  # type: ignore[arg-type] # options by name
    return await create_scene(studio.context, plan_scene(studio.context, ask))


async def recipe_in(studio: Studio, **options: object) -> Recipe:
    return await recipe_of(studio, await scene(studio, **options))  # type: ignore[arg-type] # by name


async def with_pictures(studio: Studio, count: int) -> list[PictureResult]:
    """Keep Mira with so many pictures, which are her default references."""
    pictures = [await painted(studio) for _ in range(count)]
    await kept(studio, references=" ".join(each.code for each in pictures))
    return pictures


def digests(pictures: Sequence[PictureResult]) -> tuple[str, ...]:
    return tuple(picture.digest for picture in pictures)


def dropped(recipe: Recipe, name: str = "references", language: str = ENGLISH) -> list[str]:
    return [reason for each, reason in in_words(recipe.dropped, language) if each == name]


async def test_a_scene_looks_at_the_pictures_in_the_order_of_their_numbers_as_named(studio: Studio) -> None:
    looking_at(studio, 4)
    pictures = await with_pictures(studio, 3)
    recipe = await recipe_in(studio, reference="2,0", model=QUICK, seed=7)

    assert recipe.references == digests([pictures[2], pictures[0]])
    assert recipe.prompt == (
        f"The same character as in the reference pictures: {GIRL}. Now she is holding an umbrella in the rain."
    )
    assert recipe.character is not None
    assert (recipe.character.version, recipe.version, recipe.image_seed) == (1, 2, 7)
    assert recipe.dropped == ()


@on_sqlite
async def test_without_numbers_it_looks_at_the_default_ones_else_at_the_first_there_is(
    studio: Studio,
) -> None:
    looking_at(studio, 4)
    pictures = await with_pictures(studio, 3)
    assert (await recipe_in(studio, model=QUICK)).references == digests(pictures)

    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="2"))
    assert (await recipe_in(studio, model=QUICK)).references == digests([pictures[2]])
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(references="none"))
    assert (await recipe_in(studio, model=QUICK)).references == digests([pictures[0]])
    await history.delete_picture(studio.context, OWNER.user_id, pictures[0].job_id)
    assert (await recipe_in(studio, model=QUICK)).references == digests([pictures[1]])
    assert (await recipe_in(studio, model=QUICK, reference="none")).references == ()


@on_sqlite
async def test_as_many_pictures_as_the_model_takes_are_sent_and_the_others_named(studio: Studio) -> None:
    looking_at(studio, 1)
    pictures = await with_pictures(studio, 3)
    recipe = await recipe_in(studio, reference="1,0,2", model=QUICK)

    assert recipe.references == digests([pictures[1]])
    assert dropped(recipe) == ["Quick looks at 1 picture: it got 1, and not 0, 2"]
    assert recipe.prompt.startswith("The same character as in the reference picture: ")


@on_sqlite
async def test_a_model_that_looks_at_none_gets_the_description_and_says_so(studio: Studio) -> None:
    await with_pictures(studio, 1)
    recipe = await recipe_in(studio, model=QUICK)

    assert recipe.references == ()
    assert recipe.prompt.startswith(GIRL)
    assert dropped(recipe) == ["Quick looks at no pictures: Mira is described, not shown"]
    assert dropped(recipe, language="de") == [
        "Quick sieht sich keine Bilder an: Mira ist beschrieben, nicht gezeigt"
    ]


@on_sqlite
async def test_a_model_that_needs_a_picture_is_refused_where_there_is_none(studio: Studio) -> None:
    looking_at(studio, 1, needed=1)
    await kept(studio)
    with pytest.raises(UserError, match="character_needs_picture") as caught:
        await scene(studio, model=QUICK)
    assert caught.value.fields == {"name": "Mira", "model": "Quick"}
    assert studio.server.submits == 0


async def test_a_picture_that_is_gone_is_named_by_its_number_before_anything_is_written(
    studio: Studio,
) -> None:
    looking_at(studio, 4)
    pictures = await with_pictures(studio, 2)
    await history.delete_picture(studio.context, OWNER.user_id, pictures[1].job_id)
    for asked, code, number in (
        ("", "character_picture_gone", 1),
        ("1", "character_picture_gone", 1),
        ("9", "no_such_number", 9),
    ):
        with pytest.raises(UserError, match=code) as caught:
            await scene(studio, model=QUICK, reference=asked)
        assert (caught.value.fields["number"], caught.value.fields["name"]) == (number, "Mira")


@on_sqlite
async def test_without_a_name_a_model_paints_that_looks_at_as_many_pictures_and_is_paid(
    studio: Studio,
) -> None:
    looking_at(studio, 2)
    two = studio.context.catalog.find(QUICK)
    one = replace(two, id="scripted/one", capabilities=replace(two.capabilities, references=1))
    studio.context = with_model(studio.context, one)
    catalog = replace(
        studio.context.catalog, preferred_with_references=("fal/flux-pro-kontext", "scripted/one", QUICK)
    )
    studio.context = replace(
        studio.context, catalog=catalog, registry=studio.context.registry.changed(catalog=catalog)
    )
    await with_pictures(studio, 3)

    assert (await recipe_in(studio, reference="0")).model == "scripted/one", "nobody's key pays for kontext"
    assert (await recipe_in(studio, reference="0,1")).model == QUICK
    assert (await recipe_in(studio, reference="0,1,2")).model == "scripted/one"
    assert (await recipe_in(studio, reference="none")).model == "sketch"
    elsewhere = await recipe_of(studio, await scene(studio, caller(guild_id=None), reference="0"))
    assert elsewhere.model == "sketch"
    assert dropped(elsewhere) == ["Sketch painter looks at no pictures: Mira is described, not shown"]


@on_sqlite
async def test_the_sketch_painter_holds_what_is_fixed_and_names_what_the_scene_says_against_it(
    studio: Studio,
) -> None:
    await kept(studio, features="eye color=green")
    first = await recipe_in(studio, scene="her blue eyes shine", seed=1)
    second = await recipe_in(studio, scene="on a boat, with smiling lips", seed=2)

    assert values_of(first)[EYE_COLOR] == "green"
    assert dropped(first, "eye color") == ["Mira has green; the scene says blue"]
    passing = {key for key in {**values_of(first), **values_of(second)} if key.category == "Expression"}
    same = [
        {key: value for key, value in values_of(each).items() if key not in passing}
        for each in (first, second)
    ]
    assert same[0] == same[1], "what nobody has said is the same in every sketch"
    assert len(same[0]) > 20
    assert [values_of(each).get(key) for each in (first, second) for key in passing] == [None, "smiling"]


@on_sqlite
async def test_the_sketch_painter_keeps_the_face_of_a_portrait_that_somebody_kept_as_a_character(
    studio: Studio,
) -> None:
    portrait = await painted(studio)
    drawn = {key: value for key, value in values_of(portrait.recipe).items() if key.category != "Expression"}
    await kept(studio, description="A sailor", references=portrait.code)
    scenes = [
        await recipe_in(studio, scene="asleep", seed=1),
        await recipe_in(studio, scene="at sea, smiling", seed=2),
    ]

    for recipe in scenes:
        assert {key: values_of(recipe)[key] for key in drawn} == drawn


@on_sqlite
async def test_a_sketched_scene_with_other_words_keeps_its_face_whatever_became_of_the_picture(
    studio: Studio,
) -> None:
    portrait = await painted(studio)
    await kept(studio, description="A sailor", references=portrait.code)
    (first,) = await finish(
        studio, await scene(studio, scene="on a boat, with bushy eyebrows", model="sketch")
    )
    await remove_picture(studio.context, OWNER, "Mira", 0)
    again = await recipe_of(
        studio, await edit(studio.context, EditAsk(caller(), first.job_id, prompt="A sailor on a horse"))
    )
    lasting = {key for key in values_of(portrait.recipe) if key.category != "Expression"} - {BUSHY.key}

    assert values_of(first.recipe)[BUSHY.key] == BUSHY.value
    assert {key: values_of(again)[key] for key in lasting} == {
        key: values_of(portrait.recipe)[key] for key in lasting
    }


@on_sqlite
async def test_what_one_scene_says_of_a_face_is_not_in_the_next_one(studio: Studio) -> None:
    await kept(studio, description="A sailor")
    plain = values_of(await recipe_in(studio, scene="asleep", model="sketch"))
    other = next(value for value in ("blue", "brown") if value != plain[EYE_COLOR])
    await finish(studio, await scene(studio, scene=f"{other} eyes shining", model="sketch"))

    assert values_of(await recipe_in(studio, scene="asleep", model="sketch")) == plain


@on_sqlite
async def test_what_is_fixed_counts_before_what_a_picture_shows(studio: Studio) -> None:
    portrait = await painted(studio)
    await kept(studio, features="eye color=green; hair color=black", references=portrait.code)
    recipe = await recipe_in(studio, scene="on a boat")

    assert (values_of(recipe)[EYE_COLOR], values_of(recipe)[HAIR_COLOR]) == ("green", "black")


@on_sqlite
async def test_other_painters_get_the_words_as_they_are(studio: Studio) -> None:
    await kept(studio, features="eye color=green")
    recipe = await recipe_in(studio, scene="her blue eyes shine", model=QUICK)

    assert dropped(recipe, "eye color") == []
    assert "Her blue eyes shine." in recipe.prompt
    assert values_of(recipe)[EYE_COLOR] == "green"


@on_sqlite
async def test_each_picture_has_a_seed_of_its_own_where_the_model_takes_one(studio: Studio) -> None:
    await kept(studio)
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    drawn = await recipes_of(studio, await scene(studio, count=2))
    counted = await recipes_of(studio, await scene(studio, count=2, seed=7))
    studio.context = with_model(studio.context, seedless(studio.context.catalog.find(QUICK)))
    without = await recipes_of(studio, await scene(studio, count=2, model="scripted/seedless"))

    assert [[each.image_seed for each in found] for found in (drawn, counted, without)] == [
        [100, 101], [7, 8], [None, None],
    ]  # fmt: skip
    with pytest.raises(ModelUnavailable, match="model_takes_no_seed"):
        await scene(studio, seed=7, model="scripted/seedless")


@on_sqlite
async def test_a_model_that_reads_the_beginning_of_a_prompt_reads_enough_of_it(studio: Studio) -> None:
    pulid = replace(studio.context.catalog.find("fal/flux-pulid"), provider="scripted", id="scripted/pulid")
    studio.context = with_model(studio.context, pulid)
    pictures = await with_pictures(studio, 1)
    short = await recipe_in(studio, model="scripted/pulid")
    long = await recipe_in(studio, model="scripted/pulid", scene="x" * 700)
    asked = await recipe_in(
        studio, model="scripted/pulid", options="max_sequence_length=256", scene="x" * 1400
    )

    assert short.references == digests(pictures)
    found = [each.parameters["max_sequence_length"] for each in (short, long, asked)]
    assert found == ["128", "512", "256"]


@on_sqlite
def test_what_does_not_fit_is_refused_without_a_look(studio: Studio) -> None:
    refused: tuple[tuple[dict[str, object], str], ...] = (
        ({"scene": "\u200b"}, "empty_text"),
        ({"scene": "x" * (LONGEST_SCENE + 1)}, "text_too_long"),
        ({"reference": "the first"}, "bad_numbers"),
        ({"seed": -1}, "seed_out_of_range"),
        ({"count": 5}, "bad_count"),
        ({"model": "../../x"}, "unknown_model"),
        ({"model": "sketch", "options": "format=gif"}, "bad_option"),
        ({"model": "sketch", "aspect": "16:0"}, "bad_aspect"),
    )
    for options, code in refused:
        asked: dict[str, object] = {"character": "Mira", "scene": UMBRELLA} | options
        with pytest.raises(UserError) as caught:
            plan_scene(studio.context, SceneAsk(caller(), **asked))  # type: ignore[arg-type] # options by name
        assert caught.value.code == code


@on_sqlite
async def test_nobody_paints_a_character_that_is_not_theirs_to_use(studio: Studio) -> None:
    await kept(studio)
    with pytest.raises(NotFoundError, match="no_such_character"):
        await scene(studio, caller(BEN))


async def test_reruns_and_edits_keep_the_character_and_count_on(studio: Studio) -> None:
    looking_at(studio, 1)
    await with_pictures(studio, 1)
    (first,) = await finish(studio, await scene(studio, model=QUICK, seed=7))
    again = RerunAsk(caller(), first.job_id, SeedChoice.SAME)
    (same,) = await finish(studio, await rerun(studio.context, again))
    (edited,) = await finish(studio, await edit(studio.context, EditAsk(caller(), first.job_id, seed=8)))

    assert [each.character for each in (first, same, edited)] == [
        CharacterTag("Mira", 1, number) for number in (1, 2, 3)
    ]
    assert same.recipe.references == first.recipe.references
    assert same.recipe.parent == first.code


@on_sqlite
async def test_other_words_of_an_edit_do_not_overrule_what_is_fixed(studio: Studio) -> None:
    await kept(studio, features="eye color=green")
    (first,) = await finish(studio, await scene(studio))
    ask = EditAsk(caller(), first.job_id, prompt="a girl with blue eyes and smiling lips")
    recipe = await recipe_of(studio, await edit(studio.context, ask))

    assert values_of(recipe)[EYE_COLOR] == "green"
    assert values_of(recipe)[FeatureKey("Expression", "Lips")] == "smiling"


async def test_whoever_may_not_use_the_character_makes_a_picture_of_none(studio: Studio) -> None:
    await kept(studio)
    (mine,) = await finish(studio, await scene(studio))
    ask = RerunAsk(caller(BEN), mine.job_id, SeedChoice.NEW)
    (theirs,) = await finish(studio, await rerun(studio.context, ask))

    assert (theirs.recipe.character, theirs.recipe.version, theirs.character) == (None, 1, None)
    assert theirs.recipe.prompt == mine.recipe.prompt


@on_sqlite
async def test_a_rerun_after_the_characters_end_is_a_picture_of_none(studio: Studio) -> None:
    await kept(studio)
    (mine,) = await finish(studio, await scene(studio))
    await delete_character(studio.context, OWNER, "Mira")
    recipe = await recipe_of(
        studio, await rerun(studio.context, RerunAsk(caller(), mine.job_id, SeedChoice.SAME))
    )

    assert recipe.character is None
    assert recipe.image_seed == mine.recipe.image_seed


@on_sqlite
async def test_using_a_character_brings_it_to_the_top_of_the_suggestions(studio: Studio) -> None:
    await kept(studio)
    await kept(studio, "Vera")
    await scene(studio)
    assert [each.name for each in await suggest_characters(studio.context, OWNER, "")] == ["Mira", "Vera"]
    assert await suggest_characters(studio.context, NEIGHBOUR, "") == []


@on_sqlite
async def test_a_rerun_whose_reference_was_deleted_is_refused(studio: Studio) -> None:
    looking_at(studio, 1)
    pictures = await with_pictures(studio, 1)
    (first,) = await finish(studio, await scene(studio, model=QUICK))
    await history.delete_picture(studio.context, OWNER.user_id, pictures[0].job_id)
    with pytest.raises(UserError, match="reference_gone"):
        await rerun(studio.context, RerunAsk(caller(), first.job_id, SeedChoice.NEW))


async def test_a_picture_added_after_a_scene_counts_on(studio: Studio) -> None:
    await kept(studio)
    (made,) = await finish(studio, await scene(studio))
    added = await painted(studio)
    _, numbered = await add_pictures(studio.context, OWNER, "Mira", added.code)
    assert made.character == CharacterTag("Mira", 1, 0)
    assert [each.number for each in numbered] == [1]


async def story(studio: Studio, scenes: str, **options: object) -> Accepted:
    common = SceneAsk(caller(), "Mira", "", **options)  # type: ignore[arg-type] # options by name
    return await create_story(studio.context, plan_story(studio.context, StoryAsk(common, scenes)))


async def test_a_story_is_one_request_of_a_picture_a_scene_with_one_seed(studio: Studio) -> None:
    looking_at(studio, 2)
    pictures = await with_pictures(studio, 2)
    accepted = await story(studio, "asleep | on a boat\n in the rain |", model=QUICK, reference="1,0")
    recipes = await recipes_of(studio, accepted)
    made = await finish(studio, accepted)

    assert [recipe.prompt.rpartition(f"{GIRL}. ")[2] for recipe in recipes] == [
        "Asleep.", "On a boat.", "In the rain.",
    ]  # fmt: skip
    assert len({recipe.image_seed for recipe in recipes}) == 1
    assert {recipe.references for recipe in recipes} == {digests([pictures[1], pictures[0]])}
    assert [each.character.number for each in made if each.character] == [2, 3, 4]
    assert {each.request_kind for each in made} == {"story"}


@on_sqlite
async def test_scenes_and_stories_of_one_version_say_who_it_is_in_the_same_words(studio: Studio) -> None:
    await kept(studio, description="A young woman", features="hair color=red; eye color=green")
    told = await recipes_of(studio, await story(studio, "asleep | with blue eyes", model=QUICK))
    told.append(await recipe_in(studio, model=QUICK))

    same = "A young woman with red hair and green eyes."
    ends = ("Asleep.", "With blue eyes.", "Now she is holding an umbrella in the rain.")
    assert [each.prompt for each in told] == [f"{same} {end}" for end in ends]
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(features="eye color=brown"))
    assert (await recipe_in(studio, model=QUICK)).prompt.startswith(
        "A young woman with red hair and brown eyes. "
    )


@on_sqlite
async def test_a_recipe_made_before_keeps_its_words_when_it_is_painted_again(studio: Studio) -> None:
    await kept(studio, description="A young woman", features="hair color=red")
    (first,) = await finish(studio, await scene(studio))
    await edit_character(studio.context, OWNER, "Mira", CharacterChange(features="hair color=gray"))
    again = RerunAsk(caller(), first.job_id, SeedChoice.NEW)
    assert (await recipe_of(studio, await rerun(studio.context, again))).prompt == first.recipe.prompt


@on_sqlite
def test_a_story_has_two_to_eight_scenes(studio: Studio) -> None:
    common = SceneAsk(caller(), "Mira", "")
    for scenes, code, found in (
        ("", "bad_scenes", 0),
        ("asleep", "bad_scenes", 1),
        ("|".join("abcdefghi"), "bad_scenes", 9),
        ("asleep|" + "x" * 801, "text_too_long", 801),
        ("asleep|\u200b", "empty_text", None),
    ):
        with pytest.raises(UserError) as caught:
            plan_story(studio.context, StoryAsk(common, scenes))
        assert (caught.value.code, caught.value.fields.get("found")) == (code, found)
    assert len(plan_story(studio.context, StoryAsk(common, "|".join("abcdefgh"))).scenes) == 8


async def test_what_a_story_has_painted_outlives_an_engine_that_dies_in_its_middle(studio: Studio) -> None:
    studio.server.polls_until_done = 1_000_000
    await kept(studio)
    accepted = await story(studio, "asleep|on a boat|in the rain", model=QUICK)
    async with studio.engine(stop_s=0):
        await studio.until_states(accepted, "waiting", "waiting", "queued")
    assert studio.mailbox.delivered == []

    studio.server.polls_until_done = 0
    async with studio.engine():
        result = await studio.until_delivered()
    assert studio.server.submits == 3, "nothing was ordered twice"
    assert (len(result.pictures), result.failures) == (3, ())
    assert [each.character.number for each in result.pictures if each.character] == [0, 1, 2]
