"""What the use cases left in the database, and pictures that are finished without an engine's run."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from db.engine import Connection
from db.jobs import attempts, deliveries, job_queries, moves, workers
from db.pictures.images import ImageRow
from services.asks import Accepted, Caller, EditAsk, PairAsk, PortraitAsk
from services.context import Context
from services.jobs.courier import PictureResult
from services.jobs.results import picture_result
from services.models import FeatureKey, JobState, Recipe
from services.offers import ModelUnavailable
from services.pairs import create_pair, plan_pair
from services.providers.catalog import Model
from services.providers.price import Price
from services.recipes import recipe_from_json
from services.reruns import edit
from tests.services.providers.stand_in import picture_of
from tests.services.studio import Studio, caller

WORKER = "finisher"
CAPS = MappingProxyType({"sketch": 100, "scripted": 100})
SMALL_PX = 96

EYE_COLOR = FeatureKey("Color", "Eye")
NOSE_SHAPE = FeatureKey("Shape", "Nose")
HAIR_COLOR = FeatureKey("Hair", "Hair Color")


def values_of(recipe: Recipe) -> dict[FeatureKey, str]:
    """Return a recipe's face by feature."""
    return {drawn.key: drawn.value for drawn in recipe.features}


def changed_features(before: Recipe, after: Recipe) -> dict[FeatureKey, str]:
    """Return the features that have another value afterwards, with that value."""
    old, new = values_of(before), values_of(after)
    assert list(old) == list(new)
    return {key: value for key, value in new.items() if old[key] != value}


def counted_seeds(start: int = 1000) -> Callable[[], int]:
    """Return a source of seeds that gives start, start + 1, ..."""
    numbers = iter(range(start, start + 1000))
    return lambda: next(numbers)


def with_model(context: Context, model: Model) -> Context:
    """Return the context with one more model, or another one under the same id, in its catalogue."""
    catalog = context.catalog
    others = tuple(one for one in catalog.models if one.id != model.id)
    by_id = MappingProxyType({**catalog.by_id, model.id: model})
    changed = replace(catalog, models=(*others, model), by_id=by_id)
    return replace(context, catalog=changed, registry=context.registry.changed(catalog=changed))


def soon_given_up(context: Context) -> Context:
    """Return the context with a scripted model whose orders give no picture any more after a second."""
    return with_model(context, replace(context.catalog.find("scripted/quick"), outcome_known_after_s=1))


def seedless(model: Model, model_id: str = "scripted/seedless") -> Model:
    """Return a model that is like another one but takes no seed."""
    return replace(
        model,
        id=model_id,
        title="Seedless",
        endpoint="seedless",
        capabilities=replace(model.capabilities, seed=False),
    )


def looking_at(studio: Studio, count: int, *, needed: int = 0, price: Price | None = None) -> None:
    """Let the scripted model look at up to `count` pictures, `needed` of them at least, for another price."""
    quick = studio.context.catalog.find("scripted/quick")
    capabilities = replace(quick.capabilities, references=count, references_needed=needed)
    model = replace(quick, capabilities=capabilities, price=price or quick.price)
    studio.context = with_model(studio.context, model)


async def recipes_of(studio: Studio, accepted: Accepted) -> list[Recipe]:
    """Return the recipes of a request's pictures, as they are stored."""
    rows = await studio.context.database.read(job_queries.picture_rows, list(accepted.job_ids))
    return [recipe_from_json(row["body"]) for row in rows]


async def recipe_of(studio: Studio, accepted: Accepted) -> Recipe:
    """Return the recipe of a request of one picture."""
    (recipe,) = await recipes_of(studio, accepted)
    return recipe


async def pair(
    studio: Studio, who: Caller | None = None, *, same_seed: bool = False, differ: str = "", **options: object
) -> list[Recipe]:
    """Ask for a pair and return its two recipes."""
    portrait = PortraitAsk(who or caller(), **options)  # type: ignore[arg-type] # options by name
    plan = plan_pair(studio.context, PairAsk(portrait, same_seed=same_seed, differ=differ))
    return await recipes_of(studio, await create_pair(studio.context, plan))


async def edited(studio: Studio, job_id: int, who: Caller | None = None, **changes: object) -> Recipe:
    """Edit a picture and return the recipe of the new one."""
    ask = EditAsk(who or caller(), job_id, **changes)  # type: ignore[arg-type] # changes by name
    return await recipe_of(studio, await edit(studio.context, ask))


def finish_next(conn: Connection, digest: str, size_bytes: int) -> bool:
    """Write the next job in line as a worker would whose picture has this file; False where there is none."""
    claim = moves.claim_submit(conn, WORKER, CAPS)
    if claim is None:
        return False
    attempts.mark_sent(conn, claim.attempt.id)
    image = ImageRow(claim.job.id, claim.job.user_id, digest, "png", SMALL_PX, SMALL_PX, size_bytes)
    assert moves.keep_picture(conn, claim, JobState.SUBMITTING, image, cost_micro_usd=None).has_moved
    return True


async def finish(studio: Studio, accepted: Accepted) -> list[PictureResult]:
    """Let everything in line be painted, as a worker would write it, and return the pictures of a request."""
    database = studio.context.database
    stored = await studio.context.store.put(picture_of(accepted.job_ids[0]))
    await database.write(workers.register, WORKER, is_only_worker=False)
    while await database.write(finish_next, stored.digest, stored.size_bytes):
        pass
    await database.write(workers.leave, WORKER)
    rows = await database.read(job_queries.picture_rows, list(accepted.job_ids))
    return [picture_result(row) for row in rows]


async def painted(studio: Studio, who: Caller | None = None, **options: object) -> PictureResult:
    """Return a finished portrait by the sketch painter."""
    (picture,) = await finish(studio, await studio.portrait(who, **options))
    return picture


async def ordered(studio: Studio, who: Caller | None = None, **options: object) -> PictureResult:
    """Return a finished picture by the scripted provider, which costs money."""
    (picture,) = await finish(studio, await studio.order(who, **options))
    return picture


def _park_all(conn: Connection) -> None:
    while (delivery := deliveries.claim_delivery(conn, WORKER)) is not None:
        deliveries.park(conn, delivery)


async def park_all(studio: Studio) -> None:
    """Let no result have reached its owner."""
    await studio.context.database.write(_park_all)


def draft_of(error: ModelUnavailable) -> int:
    """Return the draft that waits for a request that could not start."""
    assert error.draft_id is not None
    return error.draft_id
