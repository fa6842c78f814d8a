"""Where a picture comes from and what was made of it, as somebody may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.engine import Connection
from db.jobs import job_queries
from db.pictures import lineage
from db.pictures.lineage import Relative
from services import history
from services.asks import Viewer
from services.comparing import differences_between
from services.context import Context
from services.jobs import results
from services.jobs.courier import PictureResult
from services.recipes import Difference

MOST_ANCESTORS: Final = 6
MOST_CHILDREN: Final = 8
"""With the picture itself they fill a sheet of four in a row."""


@dataclass(frozen=True, slots=True)
class Member:
    """A picture of a family. `changes` are those from its parent, None where that one is not shown beside it."""

    picture: PictureResult
    changes: tuple[Difference, ...] | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """A picture with what it was made from (oldest first) and what was made of it (newest first).

    `earlier` and `more_children` count what the viewer may see and is left out for length, `hidden` what is not theirs
    to see. `lost` is the code at which the chain ends because that picture was deleted, "" where it begins by itself.
    """

    member: Member
    ancestors: tuple[Member, ...]
    children: tuple[Member, ...]
    earlier: int = 0
    more_children: int = 0
    hidden: int = 0
    lost: str = ""
    is_cut: bool = False
    """Whether there may be more than what was counted."""

    @property
    def members(self) -> tuple[Member, ...]:
        """Return everybody shown, oldest first and the children last."""
        return (*self.ancestors, self.member, *self.children)


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a family: the pictures to show, and how many others there are."""

    pictures: tuple[PictureResult, ...]
    left_out: int
    hidden: int


async def family_of_job(context: Context, viewer: Viewer, job_id: int) -> Family:
    """Return the family of a job's picture. Raises NotFoundError where it may not be seen."""
    return await _family(context, viewer, await history.find_picture_of_job(context, viewer, job_id))


async def _family(context: Context, viewer: Viewer, picture: PictureResult) -> Family:
    before, after, lost, is_cut = await context.database.read(_read, viewer, picture)
    line = (*reversed(before.pictures), picture)
    members = [
        Member(each, _changes(parent, each)) for parent, each in zip((None, *line), line, strict=False)
    ]
    return Family(
        member=members[-1],
        ancestors=tuple(members[:-1]),
        children=tuple(Member(child, _changes(picture, child)) for child in after.pictures),
        earlier=before.left_out,
        more_children=after.left_out,
        hidden=before.hidden + after.hidden,
        lost=lost,
        is_cut=is_cut,
    )


def _read(conn: Connection, viewer: Viewer, picture: PictureResult) -> tuple[_Side, _Side, str, bool]:
    """Return both sides, the code of a deleted ancestor, and whether more may be there than was looked at."""
    before, after = lineage.ancestors(conn, picture.code), lineage.children(conn, picture.code)
    is_cut = len(before) == lineage.DEEPEST or len(after) == lineage.MOST_CHILDREN
    named = before[-1].parent_code if before else picture.recipe.parent
    known = {picture.code, *(each.code for each in before)}
    lost = "" if named is None or named in known or is_cut else named
    return (
        _side(conn, viewer, before, MOST_ANCESTORS),
        _side(conn, viewer, after, MOST_CHILDREN),
        lost,
        is_cut,
    )


def _side(conn: Connection, viewer: Viewer, relatives: Sequence[Relative], most: int) -> _Side:
    """Return the first of these pictures that the viewer may see, and the numbers of the others."""
    with_picture = [each for each in relatives if each.job_id is not None]
    seen = [
        each.job_id
        for each in with_picture
        if each.job_id is not None
        and history.is_open_to(viewer, each.owner_id, each.guild_id, each.visibility)
    ]
    rows = job_queries.picture_rows(conn, seen[:most])
    pictures = {row["job_id"]: results.picture_result(row) for row in rows if results.has_picture(row)}
    return _Side(
        pictures=tuple(pictures[job_id] for job_id in seen[:most] if job_id in pictures),
        left_out=len(seen[most:]),
        hidden=len(with_picture) - len(seen),
    )


def _changes(parent: PictureResult | None, picture: PictureResult) -> tuple[Difference, ...] | None:
    if parent is None or picture.recipe.parent != parent.code:
        return None
    return differences_between(parent, picture)
