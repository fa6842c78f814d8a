"""Families of pictures: every way to make one from another is a link, and nobody sees more than they may."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.pictures import lineage as rows
from db.tables.schema import recipes
from services import drafts, history
from services.asks import Accepted, EditAsk, RerunAsk, SeedChoice, viewer_of
from services.errors import NotFoundError
from services.jobs.courier import PictureResult
from services.lineage import MOST_ANCESTORS, MOST_CHILDREN, Family, family_of_job
from services.offers import ModelUnavailable
from services.providers.model import Strength
from services.rerolls import reroll
from services.reruns import edit, move_picture, pair_of, rerun
from services.varying import vary
from tests.services.finished import NOSE_SHAPE, draft_of, finish, painted, recipes_of
from tests.services.studio import ADA, BEN, Studio, caller

ADA_HERE, BEN_HERE = viewer_of(caller(ADA)), viewer_of(caller(BEN))
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""


def _link(conn: Connection, child: str, parent: str) -> None:
    body = dict(conn.execute(sa.select(recipes.c.body).where(recipes.c.code == child)).scalar_one())
    changed = {"parent_code": parent, "body": body | {"parent": parent}}
    conn.execute(sa.update(recipes).where(recipes.c.code == child).values(changed))


async def link(studio: Studio, child: str, parent: str) -> None:
    """Say that one picture was made from another: quicker than to make it."""
    await studio.context.database.write(_link, child, parent)


async def pictures(studio: Studio, count: int, *, is_private: bool = False) -> list[PictureResult]:
    made = list[PictureResult]()
    while len(made) < count:
        accepted = await studio.portrait(caller(private=is_private), count=min(4, count - len(made)))
        made += await finish(studio, accepted)
    return made


def codes(family: Family) -> tuple[list[str], list[str]]:
    return (
        [each.picture.code for each in family.ancestors],
        [each.picture.code for each in family.children],
    )


async def _draft(studio: Studio, picture: PictureResult) -> Accepted:
    draft = await drafts.draft_of_picture(studio.context, caller(), picture.job_id)
    return await drafts.paint_draft(studio.context, caller(), draft.id)


async def _offer(studio: Studio, picture: PictureResult) -> Accepted:
    """Take the offer of another model for an edit that its model cannot paint."""
    elsewhere = caller(guild_id=999)
    with pytest.raises(ModelUnavailable) as caught:
        await edit(studio.context, EditAsk(elsewhere, picture.job_id, model="fal/flux-dev"))
    return await drafts.paint_draft(studio.context, caller(), draft_of(caught.value), "sketch")


WAYS: dict[str, Callable[[Studio, PictureResult], Awaitable[Accepted]]] = {
    "same seed": lambda s, p: rerun(s.context, RerunAsk(caller(), p.job_id, SeedChoice.SAME)),
    "new seed": lambda s, p: rerun(s.context, RerunAsk(caller(), p.job_id, SeedChoice.NEW)),
    "edited words": lambda s, p: edit(s.context, EditAsk(caller(), p.job_id, features="nose=broad")),
    "edited model": lambda s, p: edit(s.context, EditAsk(caller(), p.job_id, model="scripted/quick")),
    "rerolled": lambda s, p: reroll(s.context, caller(), p.job_id, [NOSE_SHAPE]),
    "varied": lambda s, p: vary(s.context, caller(), p.job_id, Strength.SUBTLE),
    "another model": lambda s, p: move_picture(s.context, caller(), p.job_id, "scripted/quick"),
    "a pair with it": lambda s, p: pair_of(s.context, caller(), p.job_id),
    "kept face": lambda s, p: s.portrait(keep=p.code),
    "knobs": _draft,
    "an offer": _offer,
}


@on_sqlite
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_whatever_is_made_from_a_picture_names_it(
    studio: Studio, way: Callable[[Studio, PictureResult], Awaitable[Accepted]]
) -> None:
    picture = await painted(studio)
    made = await recipes_of(studio, await way(studio, picture))

    assert [recipe.parent for recipe in made] == [picture.code] * len(made)


async def test_shows_parents_oldest_first_and_children_newest_first_with_what_changed(
    studio: Studio,
) -> None:
    first, second, third, one, other = await pictures(studio, 5)
    for child, parent in ((second, first), (third, second), (one, third), (other, third)):
        await link(studio, child.code, parent.code)
    family = await family_of_job(studio.context, BEN_HERE, third.job_id)

    assert codes(family) == ([first.code, second.code], [other.code, one.code])
    assert family.ancestors[0].changes is None
    assert all(member.changes for member in (*family.ancestors[1:], family.member, *family.children))
    assert (family.earlier, family.more_children, family.hidden, family.lost) == (0, 0, 0, "")


async def test_long_chains_and_many_children_are_clipped_with_a_count(studio: Studio) -> None:
    line = await pictures(studio, MOST_ANCESTORS + 3)
    for parent, child in pairwise(line):
        await link(studio, child.code, parent.code)
    last = await family_of_job(studio.context, ADA_HERE, line[-1].job_id)
    for child in line[1:]:
        await link(studio, child.code, line[0].code)
    first = await family_of_job(studio.context, ADA_HERE, line[0].job_id)

    assert codes(last) == ([each.code for each in line[2:-1]], [])
    assert (last.earlier, last.ancestors[0].changes) == (2, None)
    assert codes(first) == ([], [each.code for each in reversed(line)][:MOST_CHILDREN])
    assert first.more_children == 0
    (another,) = await pictures(studio, 1)
    await link(studio, another.code, line[0].code)
    assert (await family_of_job(studio.context, ADA_HERE, line[0].job_id)).more_children == 1


async def test_others_pictures_that_are_private_or_elsewhere_are_counted_and_not_shown(
    studio: Studio,
) -> None:
    first, second, third, open_child = await pictures(studio, 4)
    (private,) = await pictures(studio, 1, is_private=True)
    (elsewhere,) = await finish(studio, await studio.portrait(caller(guild_id=999)))
    for child, parent in ((second, private), (private, first), (elsewhere, second), (open_child, second)):
        await link(studio, child.code, parent.code)
    seen, own = [
        await family_of_job(studio.context, viewer, second.job_id) for viewer in (BEN_HERE, ADA_HERE)
    ]

    assert codes(seen) == ([first.code], [open_child.code])
    assert (seen.hidden, seen.member.changes) == (2, None)
    assert codes(own) == ([first.code, private.code], [elsewhere.code, open_child.code])
    assert own.hidden == 0
    assert third.code not in {each.picture.code for each in own.members}


async def test_a_chain_ends_where_a_picture_was_deleted_and_names_it(studio: Studio) -> None:
    first, second, third, fourth = await pictures(studio, 4)
    for child, parent in ((second, first), (third, second), (fourth, third)):
        await link(studio, child.code, parent.code)
    await history.delete_picture(studio.context, ADA, second.job_id)
    last, orphan = [await family_of_job(studio.context, ADA_HERE, each.job_id) for each in (fourth, third)]

    assert (codes(last), last.lost) == (([third.code], []), second.code)
    assert (codes(orphan), orphan.lost) == (([], [fourth.code]), second.code)
    assert (await family_of_job(studio.context, ADA_HERE, first.job_id)).children == ()


async def test_a_chain_that_leads_back_into_itself_ends(studio: Studio) -> None:
    first, second, third = await pictures(studio, 3)
    for child, parent in ((second, first), (first, second), (third, third)):
        await link(studio, child.code, parent.code)
    family = await family_of_job(studio.context, ADA_HERE, first.job_id)
    alone = await family_of_job(studio.context, ADA_HERE, third.job_id)
    walked = await studio.context.database.read(rows.ancestors, first.code)

    assert codes(family) == ([second.code], [second.code])
    assert (codes(alone), alone.lost) == (([], []), "")
    assert [each.code for each in walked] == [second.code]


async def test_what_was_ordered_and_did_not_come_is_no_child(studio: Studio) -> None:
    picture = await painted(studio)
    await rerun(studio.context, RerunAsk(caller(), picture.job_id, SeedChoice.NEW))
    family = await family_of_job(studio.context, ADA_HERE, picture.job_id)

    assert (family.children, family.hidden) == ((), 0)


@on_sqlite
async def test_only_who_may_see_a_picture_sees_its_family(studio: Studio) -> None:
    picture = await painted(studio, caller(private=True))
    for find in (
        family_of_job(studio.context, BEN_HERE, picture.job_id),
        family_of_job(studio.context, replace(BEN_HERE, guild_id=None), picture.job_id),
    ):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await find
