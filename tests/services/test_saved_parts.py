"""`/seed save` and `/preset save`: what is kept of what, and what is refused."""

import asyncio

import pytest

from services import history
from services.asks import Viewer
from services.errors import NotFoundError, UserError
from services.parts import PartKind, RecipePart
from services.saved_parts import (
    PART_WORDS,
    SeedAsk,
    delete_part,
    find_part,
    list_parts,
    parse_parts,
    plan_preset,
    plan_seed,
    save_preset,
    save_seed,
)
from tests.services.finished import EYE_COLOR, ordered, painted, values_of
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADA_LOOKS = Viewer(ADA, GUILD)


async def keep(studio: Studio, name: str, *, viewer: Viewer = ADA_LOOKS, **options: object) -> RecipePart:
    """Keep a part as `/seed save` does."""
    ask = SeedAsk(viewer, name, **options)  # type: ignore[arg-type] # options by name
    return (await save_seed(studio.context, plan_seed(ask))).part


async def preset(studio: Studio, name: str, options: str, model: str = "") -> RecipePart:
    """Keep options as `/preset save` does."""
    plan = plan_preset(studio.context, ADA, name, options, model)
    return (await save_preset(studio.context, plan)).part


@ON_SQLITE
async def test_both_seeds_of_a_picture_are_kept_where_nothing_else_is_said(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    assert await keep(studio, "Mira", code=picture.code) == RecipePart(image_seed=7, prompt_seed=5)
    found = await find_part(studio.context, ADA, PartKind.SEED, " mira ")
    assert (found.name, found.part) == ("Mira", RecipePart(image_seed=7, prompt_seed=5))


@ON_SQLITE
async def test_each_part_of_a_recipe_can_be_kept_by_itself(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5, features="eye color=green", aspect="3:4")
    kept = {
        word: await keep(studio, word, code=picture.code, parts=word) for word in PART_WORDS if word != "all"
    }
    assert kept["seed"] == RecipePart(image_seed=7)
    assert kept["prompt_seed"] == RecipePart(prompt_seed=5)
    assert kept["model"] == RecipePart(model="sketch")
    assert kept["parameters"] == RecipePart(aspect="3:4")
    assert values_of(picture.recipe)[EYE_COLOR] == "green"
    assert kept["features"] == RecipePart(features=picture.recipe.features)


@ON_SQLITE
async def test_all_of_a_recipe_can_be_kept_and_typed_seeds_win(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    part = await keep(studio, "all of it", code=picture.code, parts="all", prompt_seed=0)
    assert (part.image_seed, part.prompt_seed, part.model, part.aspect) == (7, 0, "sketch", "1:1")
    assert part.features == picture.recipe.features


@ON_SQLITE
async def test_parameters_are_kept_without_what_the_aspect_gave(studio: Studio) -> None:
    picture = await ordered(studio, aspect="1:1")
    assert picture.recipe.parameters == {"aspect_ratio": "1:1"}
    part = await keep(studio, "shape", code=picture.code, parts="parameters")
    assert part == RecipePart(aspect="1:1")


@ON_SQLITE
async def test_seeds_of_ones_own_need_no_picture(studio: Studio) -> None:
    assert await keep(studio, "one", seed=0) == RecipePart(image_seed=0)
    assert await keep(studio, "both", seed=3, prompt_seed=4) == RecipePart(image_seed=3, prompt_seed=4)


@ON_SQLITE
async def test_what_is_kept_stays_when_its_picture_is_deleted(studio: Studio) -> None:
    picture = await painted(studio, seed=7, prompt_seed=5)
    await keep(studio, "Mira", code=picture.code)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    assert (await find_part(studio.context, ADA, PartKind.SEED, "Mira")).part.prompt_seed == 5


@ON_SQLITE
async def test_a_picture_of_somebody_else_can_be_kept_from_where_it_is_open(studio: Studio) -> None:
    open_one, private = await painted(studio, seed=7), await painted(studio, caller(private=True), seed=8)
    ben = Viewer(BEN, GUILD)
    assert (await keep(studio, "Ada's", viewer=ben, code=open_one.code)).image_seed == 7
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await keep(studio, "hers", viewer=ben, code=private.code)


@ON_SQLITE
async def test_a_picture_that_lacks_what_is_to_be_kept_is_refused(studio: Studio) -> None:
    picture = await ordered(studio)
    with pytest.raises(UserError) as caught:
        await keep(studio, "Mira", code=picture.code, parts="prompt_seed")
    assert caught.value.code == "picture_lacks_part"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"name": " "}, "empty_name"),
        ({"name": "x" * 101}, "text_too_long"),
        ({}, "nothing_to_keep"),
        ({"parts": "seeds"}, "nothing_to_keep"),
        ({"seed": 1, "parts": "seeds features model"}, "part_needs_picture"),
        ({"seed": -1}, "seed_out_of_range"),
        ({"prompt_seed": 4_294_967_296}, "seed_out_of_range"),
        ({"code": "x", "parts": "fetures"}, "unknown_part"),
    ],
)
async def test_what_cannot_be_kept_is_refused_before_anything_is_waited_for(
    options: dict[str, object], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_seed(SeedAsk(ADA_LOOKS, **{"name": "Mira", **options}))  # type: ignore[arg-type] # options by name
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("seeds",)),
        (" Model,  PARAMETERS;model ", ("model", "parameters")),
        ("all seeds", tuple(word for word in PART_WORDS if word != "all")),
    ],
)
async def test_parts_are_read_in_any_order_and_spelling(text: str, words: tuple[str, ...]) -> None:
    assert parse_parts(text) == words


async def test_of_two_parts_kept_under_one_name_at_once_one_is_refused(studio: Studio) -> None:
    seeds = range(1, 5)
    done = await asyncio.gather(*(keep(studio, "Mira", seed=seed) for seed in seeds), return_exceptions=True)
    refused = [each for each in done if isinstance(each, UserError)]
    [kept] = [each for each in done if isinstance(each, RecipePart)]
    assert [each.code for each in refused] == ["name_taken"] * 3
    assert (await find_part(studio.context, ADA, PartKind.SEED, "Mira")).part == kept


@ON_SQLITE
async def test_an_unknown_part_is_refused_with_the_nearest_one(studio: Studio) -> None:
    with pytest.raises(UserError) as caught:
        await keep(studio, "Mira", code="7k2m9xq4", parts="feature")
    assert caught.value.fields["suggestion"] == "features"


@ON_SQLITE
async def test_options_are_kept_as_typed_and_a_model_by_its_id(studio: Studio) -> None:
    assert await preset(studio, "fine", "Steps=40 guidance=2,5") == RecipePart(
        parameters={"steps": "40", "guidance": "2,5"}
    )
    part = await preset(studio, "dev", "num_inference_steps=40", "fal/flux-dev")
    assert part == RecipePart(model="fal/flux-dev", parameters={"num_inference_steps": "40"})


@ON_SQLITE
@pytest.mark.parametrize(
    ("options", "model", "code"),
    [
        ("", "", "empty_preset"),
        ("steps", "", "bad_options"),
        ("stepps=3", "", "no_such_option"),
        ("seed=3", "", "no_such_option"),
        ("steps=many", "", "bad_option"),
        ("steps=1000", "fal/flux-dev", "bad_option"),
        ("steps=3", "no such model", "unknown_model"),
        ("x=" + "1" * 4000, "", "options_too_long"),
    ],
)
async def test_options_that_no_model_takes_are_refused_at_once(
    studio: Studio, options: str, model: str, code: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_preset(studio.context, ADA, "fine", options, model)
    assert caught.value.code == code


@ON_SQLITE
async def test_a_slip_in_an_options_name_is_refused_with_the_nearest_one(studio: Studio) -> None:
    with pytest.raises(UserError) as caught:
        plan_preset(studio.context, ADA, "fine", "guidence=3", "")
    assert caught.value.fields["suggestion"] == "guidance"


@ON_SQLITE
async def test_parts_are_found_by_a_piece_of_their_name_and_deleted_by_the_whole(studio: Studio) -> None:
    for name in ("Red one", "Red two", "Blue"):
        await keep(studio, name, seed=1)
    found = await list_parts(studio.context, ADA, PartKind.SEED, "RED")
    assert [each.name for each in found] == ["Red two", "Red one"]
    assert (await delete_part(studio.context, ADA, PartKind.SEED, "red ONE")).name == "Red one"
    for kind, user_id in ((PartKind.SEED, ADA), (PartKind.PRESET, ADA), (PartKind.SEED, BEN)):
        with pytest.raises(NotFoundError) as caught:
            await delete_part(studio.context, user_id, kind, "Red one")
        assert caught.value.code == "no_such_part"
