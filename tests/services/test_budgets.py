"""Amounts as they are typed, and what a view of somebody's budgets holds."""

import math
from dataclasses import replace

import pytest

from services.budgets import BudgetPlace, clear_budget, micro_usd_of, set_budget, show_budgets
from services.errors import LimitError, NotFoundError, UserError
from services.models import BudgetOwner, Period
from tests.services.providers.stand_in import COST_MICRO_USD
from tests.services.studio import ADA, GUILD, OPERATOR, Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OF_SERVER = BudgetPlace(GUILD, BudgetOwner.SERVER, GUILD, Period.DAY)
OF_PAINTERS = BudgetPlace(GUILD, BudgetOwner.ROLE, 100, Period.DAY)


@pytest.mark.parametrize(
    ("dollars", "micro_usd"),
    [(0.0, 0), (0.07, 70_000), (1.1, 1_100_000), (0.0000019, 2), (1_000_000.0, 10**12), (1e-7, 0)],
)
def test_an_amount_is_what_was_typed_to_the_micro_dollar(dollars: float, micro_usd: int) -> None:
    assert micro_usd_of(dollars) == micro_usd


@pytest.mark.parametrize("dollars", [-0.01, 1_000_000.01, math.nan, math.inf, -math.inf])
def test_what_is_no_amount_is_refused(dollars: float) -> None:
    with pytest.raises(UserError, match="bad_budget"):
        micro_usd_of(dollars)


@ON_SQLITE
async def test_the_roles_of_who_asks_reach_the_transaction_that_accepts(studio: Studio) -> None:
    await set_budget(studio.context, OF_PAINTERS, 0, set_by=OPERATOR)
    with pytest.raises(LimitError, match="user_budget"):
        await studio.order(replace(caller(ADA), role_ids=frozenset({100})))
    await studio.order(caller(ADA))


@ON_SQLITE
async def test_a_view_shows_what_was_spent_and_what_the_operators_keys_allow(studio: Studio) -> None:
    await set_budget(studio.context, OF_SERVER, 1, set_by=OPERATOR)
    await studio.order()
    view = await show_budgets(studio.context, caller(ADA))
    assert view.spent.here == {Period.DAY: COST_MICRO_USD, Period.MONTH: COST_MICRO_USD}
    assert [each.spent_micro_usd for each in view.running] == [COST_MICRO_USD]
    assert view.operators_micro_usd == COST_MICRO_USD
    assert view.operators_cap == studio.context.limits.caps.user_daily_micro_usd


@ON_SQLITE
async def test_where_the_operators_keys_pay_nothing_their_cap_is_not_shown(studio: Studio) -> None:
    limits = replace(studio.context.limits, key_servers=frozenset(), is_play_money=False)
    view = await show_budgets(replace(studio.context, limits=limits), caller(ADA))
    assert view.operators_cap is None


@ON_SQLITE
async def test_a_limit_that_is_not_there_cannot_be_taken_away(studio: Studio) -> None:
    with pytest.raises(NotFoundError) as caught:
        await clear_budget(studio.context, OF_SERVER)
    assert caught.value.code == "no_such_budget"
