"""A finished order as it is stored until its picture is here, and the recipe of what was really painted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.images.formats import ImageFacts
from services.models import CAME_AS, LEFT_OUT, MAX_SEED, Dropped, JsonValue, Recipe
from services.providers.base import Finished, Picture
from services.providers.price import Size
from services.sayings import saying, saying_from_text, saying_to_text


def outcome_to_json(finished: Finished) -> dict[str, JsonValue]:
    """Return the stored form of a finished picture that is still at its provider; bytes are not stored with it."""
    return {
        "url": finished.picture.url,
        "other_urls": list(finished.picture.other_urls),
        "seed": finished.seed,
        "cost_micro_usd": finished.cost_micro_usd,
        "notes": list(map(saying_to_text, finished.notes)),
    }


def outcome_from_json(value: Mapping[str, JsonValue]) -> Finished:
    """Read the stored form."""
    seed, cost, url = (value.get(name) for name in ("seed", "cost_micro_usd", "url"))
    return Finished(
        Picture(url=url if isinstance(url, str) else None, other_urls=_texts(value.get("other_urls"))),
        seed if isinstance(seed, int) else None,
        cost if isinstance(cost, int) else None,
        tuple(map(saying_from_text, _texts(value.get("notes")))),
    )


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _notes(finished: Finished, facts: ImageFacts, asked: Size | None) -> Sequence[Dropped]:
    """Return what the reply has to say about a picture: what is not in it, and a size that nobody asked for."""
    left_out = [Dropped(LEFT_OUT, note) for note in finished.notes]
    if asked is None or asked == (facts.width, facts.height):
        return left_out
    came = saying(
        "dropped.came_as",
        width=facts.width,
        height=facts.height,
        asked_width=asked[0],
        asked_height=asked[1],
    )
    return [*left_out, Dropped(CAME_AS, came)]


def painted_recipe(
    recipe: Recipe, finished: Finished, facts: ImageFacts, asked: Size | None
) -> Recipe | None:
    """Return `recipe` as it was really painted, None where that is what was asked for.

    The provider may have used another seed, says what it left out of the picture, and may have painted another size
    than the one `asked` for (None: not known).
    """
    said_before = (dropped for dropped in recipe.dropped if dropped.name not in {LEFT_OUT, CAME_AS})
    dropped = (*said_before, *_notes(finished, facts, asked))
    painted = replace(recipe, dropped=dropped, image_seed=_painted_seed(recipe, finished))
    return None if painted == recipe else painted


def _painted_seed(recipe: Recipe, finished: Finished) -> int | None:
    # A model that takes no seed may name one all the same; it would promise a rerun that nobody can keep.
    if recipe.image_seed is None or finished.seed is None or not 0 <= finished.seed <= MAX_SEED:
        return recipe.image_seed
    return finished.seed
