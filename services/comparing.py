"""Two pictures beside each other, and what differs in their recipes."""

from dataclasses import dataclass

from services import history
from services.asks import Viewer
from services.context import Context
from services.errors import NotFoundError, UserError
from services.jobs.courier import PictureResult
from services.recipes import Difference, compare_recipes


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two pictures and what differs, in the order of `compare_recipes`. The left one is the earlier one of a family."""

    left: PictureResult
    right: PictureResult
    differences: tuple[Difference, ...]

    @property
    def is_private(self) -> bool:
        """Return whether one of them is its owner's alone."""
        return self.left.is_private or self.right.is_private

    @property
    def is_same_file(self) -> bool:
        """Return whether both are the same file, byte by byte."""
        return self.left.digest == self.right.digest


def differences_between(left: PictureResult, right: PictureResult) -> tuple[Difference, ...]:
    """Return what differs. That one was made from the other is no difference: it is why they are compared."""
    is_family = left.code == right.recipe.parent or right.code == left.recipe.parent
    found = compare_recipes(left.recipe, right.recipe)
    return tuple(each for each in found if not (is_family and each.name == "Made from"))


async def compare(context: Context, viewer: Viewer, left: str, right: str) -> Comparison:
    """Return two pictures by their codes.

    Raises UserError("bad_code"), UserError("compared_with_itself"), NotFoundError for what the viewer may not see.
    """
    first = await history.find_picture(context, viewer, left)
    second = await history.find_picture(context, viewer, right)
    if first.code == second.code:
        raise UserError("compared_with_itself", field="right", found=first.code)
    return Comparison(first, second, differences_between(first, second))


async def compare_with_parent(context: Context, viewer: Viewer, job_id: int) -> Comparison:
    """Return the picture of a job beside the one that it was made from.

    Raises NotFoundError("no_such_picture") where the viewer may not see it, NotFoundError("no_parent") where it was
    made from nothing, or from what was deleted or is not theirs to see.
    """
    picture = await history.find_picture_of_job(context, viewer, job_id)
    if picture.recipe.parent is None:
        raise NotFoundError("no_parent", field="code")
    try:
        parent = await history.find_picture(context, viewer, picture.recipe.parent)
    except NotFoundError as error:
        raise NotFoundError("no_parent", field="code", found=picture.recipe.parent) from error
    return Comparison(parent, picture, differences_between(parent, picture))
