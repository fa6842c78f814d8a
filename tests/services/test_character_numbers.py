"""The numbers of pictures that were asked for together: those of their scenes, in whatever order they come."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from db.characters import character_pictures
from db.engine import Connection
from db.jobs import attempts, moves
from db.jobs.moves import Claim
from db.pictures.images import ImageRow
from db.tables import character_schema as schema
from services.asks import Accepted, SceneAsk, StoryAsk
from services.character_export import export_character
from services.character_pictures import add_pictures, pick, remove_picture, view_character
from services.character_scenes import create_scene, create_story, plan_scene, plan_story
from services.errors import UserError
from services.models import JobState
from tests.services.finished import CAPS, SMALL_PX, WORKER, finish, painted
from tests.services.kept import OWNER, kept
from tests.services.providers.stand_in import picture_of
from tests.services.studio import Studio, caller

QUICK = "scripted/quick"


async def scene(studio: Studio, count: int = 1) -> Accepted:
    ask = SceneAsk(caller(), "Mira", "asleep", model=QUICK, count=count)
    return await create_scene(studio.context, plan_scene(studio.context, ask))


async def story(studio: Studio, scenes: int) -> Accepted:
    ask = StoryAsk(SceneAsk(caller(), "Mira", "", model=QUICK), "|".join("abcdefgh"[:scenes]))
    return await create_story(studio.context, plan_story(studio.context, ask))


def _claim(conn: Connection) -> Claim | None:
    claim = moves.claim_submit(conn, WORKER, CAPS)
    if claim is not None:
        attempts.mark_sent(conn, claim.attempt.id)
    return claim


async def claimed(studio: Studio, accepted: Accepted) -> list[Claim]:
    """Take everything that is in line, and return what a request has in the works, in the order of its scenes."""
    database = studio.context.database
    while await database.write(_claim) is not None:
        pass
    claims = [await database.read(moves.read_claim, job_id) for job_id in accepted.job_ids]
    return [claim for claim in claims if claim is not None]


async def come(studio: Studio, claim: Claim, before: JobState = JobState.SUBMITTING) -> None:
    """Write what a worker writes whose picture has come."""
    stored = await studio.context.store.put(picture_of(claim.job.id))
    row = ImageRow(
        claim.job.id, claim.job.user_id, stored.digest, "png", SMALL_PX, SMALL_PX, stored.size_bytes
    )
    kept_row = await studio.context.database.write(
        moves.keep_picture, claim, before, row, cost_micro_usd=None
    )
    assert kept_row.has_moved


async def fail(studio: Studio, claim: Claim, after: JobState) -> None:
    error: moves.ErrorJson = {"code": "outcome_unknown", "fields": {}, "charged": False}
    database = studio.context.database
    assert await database.write(moves.end_without_picture, claim, JobState.SUBMITTING, after, error)


async def numbers(studio: Studio, accepted: Accepted) -> list[int | None]:
    """Return the numbers of a request's pictures, in the order of its scenes."""
    tags = await studio.context.database.read(character_pictures.tags_of_jobs, accepted.job_ids)
    return [tags[job_id].number for job_id in accepted.job_ids]


async def all_numbers(studio: Studio) -> list[int]:
    view = await view_character(studio.context, OWNER, "Mira")
    return [each.number for each in view.pictures]


@pytest.mark.parametrize("ask", [story, scene], ids=["a story", "several pictures of one scene"])
async def test_pictures_that_come_in_another_order_have_the_numbers_of_their_scenes(
    studio: Studio, ask: Callable[[Studio, int], Awaitable[Accepted]]
) -> None:
    await kept(studio)
    accepted = await ask(studio, 3)
    first, second, third = await claimed(studio, accepted)
    assert await numbers(studio, accepted) == [None, None, None]
    await come(studio, third)
    assert (await numbers(studio, accepted), await all_numbers(studio)) == ([None, None, 2], [2])
    await come(studio, first)
    await come(studio, second)
    assert (await numbers(studio, accepted), await all_numbers(studio)) == ([0, 1, 2], [0, 1, 2])


async def test_a_scene_that_fails_leaves_its_number_unused_for_good(studio: Studio) -> None:
    await kept(studio)
    accepted = await story(studio, 3)
    first, second, third = await claimed(studio, accepted)
    await come(studio, third)
    await fail(studio, second, JobState.FAILED)
    await come(studio, first)
    assert await numbers(studio, accepted) == [0, None, 2]

    (alone,) = await finish(studio, await scene(studio))
    added = await painted(studio)
    _, (taken,) = await add_pictures(studio.context, OWNER, "Mira", added.code)
    assert (alone.character and alone.character.number, taken.number) == (3, 4)
    assert await all_numbers(studio) == [0, 2, 3, 4]
    view = await view_character(studio.context, OWNER, "Mira")
    assert [each.number for each in pick(view, (2, 0), "reference")] == [2, 0]
    with pytest.raises(UserError, match="no_such_number"):
        pick(view, (1,), "reference")
    with pytest.raises(UserError, match="no_such_number"):
        await remove_picture(studio.context, OWNER, "Mira", 1)
    assert (await export_character(studio.context, OWNER, "Mira", 10**7)).left_out == ()


async def test_a_picture_that_comes_late_has_the_number_of_its_scene(studio: Studio) -> None:
    await kept(studio)
    accepted = await story(studio, 3)
    first, second, third = await claimed(studio, accepted)
    await come(studio, third)
    await fail(studio, first, JobState.UNKNOWN)
    await come(studio, second)
    (later,) = await finish(studio, await scene(studio))
    assert later.character is not None
    assert later.character.number == 3

    late = await studio.context.database.write(moves.keep_outcome, first, {})
    assert late is not None
    await come(studio, late, JobState.FETCHING)
    assert await numbers(studio, accepted) == [0, 1, 2]
    assert await all_numbers(studio) == [0, 1, 2, 3]


async def test_a_single_scene_that_fails_leaves_no_gap(studio: Studio) -> None:
    await kept(studio)
    (claim,) = await claimed(studio, await scene(studio))
    await fail(studio, claim, JobState.FAILED)
    (made,) = await finish(studio, await scene(studio))
    assert made.character is not None
    assert made.character.number == 0


async def test_stories_that_are_asked_for_at_once_do_not_share_a_number(studio: Studio) -> None:
    await kept(studio)
    asked = await asyncio.gather(*(story(studio, 2) for _ in range(3)))
    for accepted in reversed(asked):
        for claim in reversed(await claimed(studio, accepted)):
            await come(studio, claim)
    found = [await numbers(studio, accepted) for accepted in asked]
    assert sorted(found, key=str) == [[0, 1], [2, 3], [4, 5]]


async def test_a_picture_that_was_in_the_works_before_numbers_were_reserved_counts_by_its_arrival(
    studio: Studio,
) -> None:
    await kept(studio)
    accepted = await story(studio, 2)
    await studio.context.database.write(_as_before)
    first, second = await claimed(studio, accepted)
    await come(studio, second)
    await come(studio, first)
    assert await numbers(studio, accepted) == [1, 0]


def _as_before(conn: Connection) -> None:
    """Leave the rows as the version before has written them."""
    conn.execute(schema.character_pictures.update().values(reserved_number=None))
    conn.execute(schema.characters.update().values(next_number=0))
