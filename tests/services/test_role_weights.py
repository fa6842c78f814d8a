"""Weights of roles: the best of a member's roles counts, from the next request on."""

from dataclasses import replace

import pytest

from db.jobs.fairness import STEP
from db.tables.schema import jobs
from services.errors import UserError
from services.role_weights import list_weights, set_weight
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

PATRONS, GUESTS, OTHERS = 501, 502, 503


async def user_turns(studio: Studio) -> list[int]:
    """Return every job's turn among the people of its server, oldest first."""
    statement = jobs.select().with_only_columns(jobs.c.user_turn).order_by(jobs.c.id)
    return await studio.context.database.read(lambda conn: list(conn.execute(statement).scalars()))


async def test_the_best_of_a_members_roles_counts(studio: Studio) -> None:
    await set_weight(studio.context, GUILD, PATRONS, 5, set_by=1)
    await set_weight(studio.context, GUILD, GUESTS, 2, set_by=1)
    await studio.order(replace(caller(ADA), role_ids=frozenset({PATRONS, GUESTS, OTHERS})), count=2)
    await studio.order(replace(caller(BEN), role_ids=frozenset({OTHERS})))

    assert await user_turns(studio) == [STEP // 5, 2 * STEP // 5, STEP]


async def test_a_weight_holds_in_its_own_server(studio: Studio) -> None:
    await set_weight(studio.context, GUILD + 1, PATRONS, 5, set_by=1)
    await studio.order(replace(caller(ADA), role_ids=frozenset({PATRONS})))

    assert await user_turns(studio) == [STEP]
    assert await list_weights(studio.context, GUILD) == {}


async def test_weights_are_listed_heaviest_first_and_1_takes_one_away(studio: Studio) -> None:
    for role_id, weight in ((PATRONS, 2), (GUESTS, 7), (OTHERS, 3), (OTHERS, 1), (PATRONS, 4)):
        await set_weight(studio.context, GUILD, role_id, weight, set_by=1)

    assert list((await list_weights(studio.context, GUILD)).items()) == [(GUESTS, 7), (PATRONS, 4)]


@pytest.mark.parametrize("weight", [0, 11, -1])
async def test_refuses_what_is_no_weight(studio: Studio, weight: int) -> None:
    with pytest.raises(UserError) as caught:
        await set_weight(studio.context, GUILD, PATRONS, weight, set_by=1)
    assert caught.value.code == "bad_weight"
