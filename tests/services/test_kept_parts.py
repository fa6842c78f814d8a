"""Painting with what somebody keeps: what fills in what, and what wins."""

from dataclasses import replace

import pytest

from db.people import saved_parts as rows
from db.people.saved_parts import NewPart
from services.asks import Accepted, ImagineAsk, PairAsk, PortraitAsk, SceneAsk, StoryAsk
from services.errors import NotFoundError, UserError
from services.kept_parts import (
    fill,
    start_imagine,
    start_pair,
    start_portrait,
    start_scene,
    start_story,
)
from services.model_choice import ModelChoice
from services.models import DrawnFeature, Recipe
from services.names import name_key
from services.offers import ModelUnavailable
from services.parts import PartKind, RecipePart
from services.portraits import plan_portrait
from tests.in_words import in_words
from tests.services.finished import (
    EYE_COLOR,
    NOSE_SHAPE,
    recipe_of,
    recipes_of,
    seedless,
    values_of,
    with_model,
)
from tests.services.kept import kept
from tests.services.studio import ADA, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK, DEV, OPENAI = "scripted/quick", "fal/flux-dev", "openai/gpt-image-1.5"
GREEN = DrawnFeature(*EYE_COLOR, "green")
SNUB = DrawnFeature(*NOSE_SHAPE, "snub")


async def keep(studio: Studio, kind: PartKind = PartKind.SEED, name: str = "mine", **parts: object) -> None:
    part = RecipePart(**parts)  # type: ignore[arg-type] # parts by name
    new = NewPart(ADA, kind, name, name_key(name), part)
    await studio.context.database.write(rows.insert_part, new, 100)


async def portrait(studio: Studio, **options: object) -> Recipe:
    ask = PortraitAsk(caller(), **options)  # type: ignore[arg-type] # options by name
    return await recipe_of(studio, await start_portrait(studio.context, ask)())


async def imagine(studio: Studio, **options: object) -> Recipe:
    ask = ImagineAsk(caller(), "a lighthouse keeper", **options)  # type: ignore[arg-type] # options by name
    return await recipe_of(studio, await start_imagine(studio.context, ask)())


async def chosen(studio: Studio, **options: object) -> ModelChoice:
    """Return what would paint: nobody's key pays for these models here."""
    ask = PortraitAsk(caller(), **options)  # type: ignore[arg-type] # options by name
    return plan_portrait(studio.context, await fill(studio.context, ask)).choice


async def pair(studio: Studio, **options: object) -> Accepted:
    ask = PairAsk(PortraitAsk(caller(), **options))  # type: ignore[arg-type] # options by name
    return await start_pair(studio.context, ask)()


async def test_a_saved_part_fills_in_what_was_not_typed(studio: Studio) -> None:
    await keep(studio, image_seed=7, prompt_seed=5, model=QUICK, features=(GREEN,))
    recipe = await portrait(studio, saved="MINE")
    assert (recipe.image_seed, recipe.prompt_seed, recipe.model) == (7, 5, QUICK)
    assert values_of(recipe)[EYE_COLOR] == "green"


async def test_what_was_typed_wins_over_a_saved_part(studio: Studio) -> None:
    await keep(studio, image_seed=7, prompt_seed=5, model=QUICK, features=(GREEN, SNUB), aspect="3:4")
    recipe = await portrait(
        studio, saved="mine", seed=0, prompt_seed=0, model="sketch", features="eye color=blue", aspect="4:3"
    )
    assert (recipe.image_seed, recipe.prompt_seed, recipe.model, recipe.aspect) == (0, 0, "sketch", "4:3")
    assert (values_of(recipe)[EYE_COLOR], values_of(recipe)[NOSE_SHAPE]) == ("blue", "snub")


async def test_several_pictures_count_on_from_the_saved_seeds(studio: Studio) -> None:
    await keep(studio, image_seed=7, prompt_seed=5)
    ask = PortraitAsk(caller(), saved="mine", count=2)
    recipes = await recipes_of(studio, await start_portrait(studio.context, ask)())
    assert [(each.image_seed, each.prompt_seed) for each in recipes] == [(7, 5), (8, 6)]


async def test_a_saved_aspect_paints_where_none_is_typed(studio: Studio) -> None:
    await keep(studio, aspect="3:4")
    shaped = await portrait(studio, saved="mine")
    assert (shaped.aspect, dict(shaped.parameters)) == ("3:4", {"width": 768, "height": 1024})


async def test_a_saved_aspect_that_the_model_cannot_have_is_named(studio: Studio) -> None:
    await keep(studio, aspect="3:4")
    square = await portrait(studio, saved="mine", model=QUICK)
    assert square.aspect == "1:1"
    assert ("aspect", "Quick takes 1:1") in in_words(square.dropped)
    typed = await portrait(studio, saved="mine", model=QUICK, aspect="1:1")
    assert typed.dropped == ()


async def test_a_preset_stands_between_what_is_typed_and_what_is_saved(studio: Studio) -> None:
    steps = {"num_inference_steps": 10, "guidance_scale": 3.0, "output_format": "png"}
    await keep(studio, model="sketch", parameters=steps)
    await keep(studio, PartKind.PRESET, "fine", model=DEV, parameters={"steps": "20", "guidance": "4"})
    choice = await chosen(studio, saved="mine", preset="fine", options="guidance=5")
    assert choice.model.id == DEV
    assert choice.parameters["num_inference_steps"] == 20
    assert choice.parameters["guidance_scale"] == 5.0
    assert choice.parameters["output_format"] == "png"
    assert choice.dropped == ()


async def test_what_a_model_does_not_take_of_a_preset_is_dropped_and_named(studio: Studio) -> None:
    await keep(
        studio, PartKind.PRESET, "fine", parameters={"steps": "1000", "guidance": "4", "quality": "high"}
    )
    choice = await chosen(studio, preset="fine", model=DEV)
    assert choice.parameters["guidance_scale"] == 4.0
    assert [each.name for each in choice.dropped] == ["quality", "steps"]
    assert "num_inference_steps" not in choice.parameters


async def test_what_is_typed_is_refused_where_it_does_not_fit_and_a_preset_is_not(studio: Studio) -> None:
    await keep(studio, PartKind.PRESET, "fine", parameters={"steps": "1000"})
    with pytest.raises(UserError) as caught:
        await chosen(studio, preset="fine", model=DEV, options="guidance=1000")
    assert (caught.value.code, caught.value.fields["field"]) == ("bad_option", "guidance_scale")


async def test_a_size_of_a_preset_wins_over_the_usual_square_and_not_over_a_typed_aspect(
    studio: Studio,
) -> None:
    await keep(studio, PartKind.PRESET, "wide", parameters={"size": "1536x1024"})
    usual = await chosen(studio, preset="wide", model=DEV)
    assert usual.parameters["image_size"] == {"width": 1536, "height": 1024}
    typed = await chosen(studio, preset="wide", model=DEV, aspect="1:1")
    assert typed.parameters["image_size"] == await square_of(studio)
    assert typed.dropped == ()


async def square_of(studio: Studio) -> object:
    return (await chosen(studio, model=DEV, aspect="1:1")).parameters["image_size"]


async def test_what_a_kept_value_needs_may_be_typed_and_the_other_way_round(studio: Studio) -> None:
    await keep(studio, PartKind.PRESET, "small", parameters={"output_compression": "50"})
    await keep(studio, PartKind.PRESET, "webp", parameters={"output_format": "webp"})
    met = await chosen(studio, preset="small", model=OPENAI, options="output_format=webp")
    assert (met.parameters["output_compression"], met.dropped) == (50, ())
    assert (await chosen(studio, preset="webp", model=OPENAI, options="output_compression=50")).dropped == ()
    unmet = await chosen(studio, preset="small", model=OPENAI, options="output_format=png")
    assert "output_compression" not in unmet.parameters
    assert [each.name for each in unmet.dropped] == ["output_compression"]


async def test_a_saved_seed_counts_as_typed_where_the_model_takes_none(studio: Studio) -> None:
    model = seedless(studio.context.catalog.find(QUICK))
    studio.context = with_model(studio.context, model)
    await keep(studio, image_seed=7)
    with pytest.raises(ModelUnavailable) as caught:
        await portrait(studio, saved="mine", model=model.id)
    assert caught.value.code == "model_takes_no_seed"


async def test_own_words_take_seed_and_model_and_name_that_a_face_is_not_used(studio: Studio) -> None:
    await keep(studio, image_seed=7, prompt_seed=5, model=QUICK, features=(GREEN,), aspect="1:1")
    recipe = await imagine(studio, saved="mine")
    assert (recipe.image_seed, recipe.prompt_seed, recipe.model, recipe.aspect) == (7, None, QUICK, "1:1")
    assert [each.name for each in recipe.dropped] == ["features"]


async def test_own_words_without_any_aspect_leave_the_size_to_the_model(studio: Studio) -> None:
    await keep(studio, image_seed=7)
    assert (await imagine(studio, saved="mine")).aspect == ""


async def test_a_pair_is_painted_of_a_saved_face(studio: Studio) -> None:
    await keep(studio, prompt_seed=5, features=(GREEN,))
    recipes = await recipes_of(studio, await pair(studio, saved="mine"))
    assert [values_of(recipe)[EYE_COLOR] for recipe in recipes] == ["green", "green"]
    assert [recipe.prompt_seed for recipe in recipes] == [5, 6]


def scene_ask(**options: object) -> SceneAsk:
    return SceneAsk(caller(), "Mira", "asleep", **options)  # type: ignore[arg-type] # options by name


async def scene(studio: Studio, **options: object) -> Recipe:
    return await recipe_of(studio, await start_scene(studio.context, scene_ask(**options))())


async def test_a_scene_takes_what_is_kept_and_its_character_keeps_its_own_looks(studio: Studio) -> None:
    await kept(studio, features="eye color=brown")
    await keep(studio, image_seed=7, prompt_seed=5, model=QUICK, features=(GREEN,), aspect="1:1")
    recipe = await scene(studio, saved="mine")
    assert (recipe.image_seed, recipe.prompt_seed, recipe.model, recipe.aspect) == (7, None, QUICK, "1:1")
    assert values_of(recipe)[EYE_COLOR] == "brown"
    assert ("features", "Mira has features of its own") in in_words(recipe.dropped)
    typed = await scene(studio, saved="mine", seed=8, model="sketch", aspect="4:3")
    assert (typed.image_seed, typed.model, typed.aspect) == (8, "sketch", "4:3")


async def test_a_scene_takes_a_preset_before_what_is_saved_and_after_what_is_typed(studio: Studio) -> None:
    await kept(studio)
    await keep(studio, model=QUICK)
    await keep(
        studio, PartKind.PRESET, "fine", model="sketch", parameters={"format": "webp", "guidance": "4"}
    )
    recipe = await scene(studio, saved="mine", preset="fine")
    assert (recipe.model, recipe.parameters["format"]) == ("sketch", "webp")
    assert [each.name for each in recipe.dropped if each.name != "references"] == ["guidance"]
    typed = await scene(studio, saved="mine", preset="fine", options="format=png")
    assert typed.parameters["format"] == "png"


async def test_a_preset_says_how_much_of_a_prompt_a_model_reads(studio: Studio) -> None:
    pulid = studio.context.catalog.find("fal/flux-pulid")
    capabilities = replace(pulid.capabilities, references_needed=0)
    model = replace(pulid, provider="scripted", id="scripted/pulid", capabilities=capabilities)
    studio.context = with_model(studio.context, model)
    await kept(studio)
    await keep(studio, PartKind.PRESET, "fine", parameters={"max_sequence_length": "256"})
    assert (await scene(studio, model=model.id)).parameters["max_sequence_length"] == "128"
    with_preset = await scene(studio, model=model.id, preset="fine")
    assert with_preset.parameters["max_sequence_length"] == "256"


async def test_a_story_takes_what_is_kept_for_all_of_its_scenes(studio: Studio) -> None:
    await kept(studio)
    await keep(studio, image_seed=7, model=QUICK)
    start = start_story(studio.context, StoryAsk(scene_ask(saved="mine"), "asleep | on a boat"))
    assert [(each.image_seed, each.model) for each in await recipes_of(studio, await start())] == [
        (7, QUICK)
    ] * 2


@pytest.mark.parametrize("option", ["saved", "preset"])
async def test_a_scene_with_a_name_that_was_given_to_nothing_is_refused(studio: Studio, option: str) -> None:
    await kept(studio)
    with pytest.raises(NotFoundError, match="no_such_part"):
        await scene(studio, **{option: "mine"})


@pytest.mark.parametrize("option", ["saved", "preset"])
async def test_a_name_that_was_given_to_nothing_is_refused_and_nothing_is_ordered(
    studio: Studio, option: str
) -> None:
    await keep(studio, PartKind.SEED if option == "preset" else PartKind.PRESET)
    with pytest.raises(NotFoundError) as caught:
        await portrait(studio, **{option: "mine"})
    assert (caught.value.code, caught.value.fields["found"]) == ("no_such_part", "mine")


async def test_what_is_typed_wrong_is_refused_before_anything_is_waited_for(studio: Studio) -> None:
    with pytest.raises(UserError):
        start_portrait(studio.context, PortraitAsk(caller(), features="eye colour=plaid"))
    with pytest.raises(UserError):
        start_imagine(studio.context, ImagineAsk(caller(), " "))
    with pytest.raises(UserError):
        start_scene(studio.context, scene_ask(seed=-1))
    with pytest.raises(UserError):
        start_story(studio.context, StoryAsk(scene_ask(), "asleep"))
    with pytest.raises(UserError):
        start_pair(studio.context, PairAsk(PortraitAsk(caller()), differ="elbow"))
