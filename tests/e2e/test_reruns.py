"""Pictures that come of earlier ones, as people see them."""

import pytest
import pyvips

from services.models import Recipe
from tests.e2e.play import Json, Play, answer_of
from tests.e2e.test_presses import recipe_of, stamp_of
from tests.services.providers.sketch.hair_mask import hair_mask

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pixels_of(play: Play, message: Json) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(await play.picture(message), "").copy_memory()


def values_of(recipe: Recipe) -> dict[str, str]:
    return {str(drawn.key): drawn.value for drawn in recipe.features}


async def test_rerolling_the_hair_changes_no_pixel_elsewhere(play: Play) -> None:
    first = answer_of(await play.slash("ada", "portrait", seed=7, prompt_seed=5, options="format=png"))
    code = (await stamp_of(play, first)).code
    again = answer_of(await play.slash("ada", "reroll", code=code, features="hair"))
    before, after = await recipe_of(play, first), await recipe_of(play, again)
    old, new = values_of(before), values_of(after)
    one, other = await pixels_of(play, first), await pixels_of(play, again)
    hair = hair_mask(before.features, 7, one.width) | hair_mask(after.features, 7, one.width)
    changed = (one != other).bandor()

    assert {name for name in old if old[name] != new[name]} == {
        "Shape/Hairline",
        "Hair/Hair Length",
        "Hair/Hair Texture",
        "Hair/Hair Color",
        "Hair/Facial Hair",
    }
    assert (changed & (hair ^ 255)).max() == 0
    assert changed.max() == 255
    assert (after.parent, after.image_seed, after.prompt_seed) == (code, 7, 5)
