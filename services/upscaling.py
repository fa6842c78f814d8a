"""A picture made larger by a model that does nothing else."""

from services import history
from services.asks import Accepted, Caller, viewer_of
from services.commissioning import Wanted, order
from services.context import Context
from services.errors import UserError
from services.from_picture import from_picture
from services.jobs.courier import PictureResult
from services.models import RequestKind
from services.providers.catalog import Model


def upscalers(context: Context) -> tuple[Model, ...]:
    """Return the models that make pictures larger, in the order of the catalogue."""
    return tuple(model for model in context.catalog.models if model.capabilities.upscales)


async def upscale(context: Context, caller: Caller, job_id: int, model: str) -> Accepted:
    """Accept the picture of a job made larger by `model`, by its usual factor.

    Raises NotFoundError for what the caller may not see, UserError("not_an_upscaler") for a model that does something
    else, UserError("too_large_to_upscale") where the result would be larger than it makes, and as
    `commissioning.order` does.
    """
    found = await history.find_picture_of_job(context, viewer_of(caller), job_id)
    wanted = await upscaled(context, caller, found, context.catalog.find(model))
    return await order(context, caller, RequestKind.UPSCALE, [wanted])


async def upscaled(context: Context, caller: Caller, found: PictureResult, model: Model) -> Wanted:
    """Return what the larger picture would be made of. Raises UserError as `upscale` does."""
    if not model.capabilities.upscales:
        raise UserError("not_an_upscaler", field="model", model=model.title)
    fitted = model.fit({})
    check_room(model, found)
    recipe = found.recipe
    return await from_picture(
        context, caller, found, recipe, model=model, parameters=fitted.parameters, dropped=fitted.dropped
    )


def check_room(model: Model, found: PictureResult) -> None:
    """Raise UserError("too_large_to_upscale") where a picture, made larger, has a longer side than `model` makes."""
    size = model.size_px({}, [(found.width, found.height)])
    most_px = model.capabilities.largest_side_px
    if size is not None and most_px and max(size) > most_px:
        raise UserError(
            "too_large_to_upscale",
            field="picture",
            model=model.title,
            found=f"{size[0]}x{size[1]}",
            maximum=most_px,
        )
