"""What `/budget` says."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cogs._layout import MOST_TEXT
from cogs._text import amount, clip_lines, duration
from db.budgets import Budget, RunningBudget
from services.budgets import BudgetView
from services.models import BudgetOwner, Period

_NOW: Final[Mapping[Period, str]] = MappingProxyType({Period.DAY: "today", Period.MONTH: "this month"})
_EACH: Final[Mapping[Period, str]] = MappingProxyType({Period.DAY: "a day", Period.MONTH: "a month"})
_OWN: Final = "-# Days and months are those of UTC. What your own keys pay counts against nobody's limit."


def owner_name(budget: Budget) -> str:
    """Return who is limited, as Discord shows people and roles."""
    if budget.owner is BudgetOwner.SERVER:
        return "all members together"
    if budget.owner is BudgetOwner.USER:
        return f"<@{budget.owner_id}>"
    return f"each member with <@&{budget.owner_id}>"


def show_text(view: BudgetView, *, is_in_server: bool) -> str:
    """Return what somebody spent and what limits it."""
    lines = ["### What you have spent"]
    if is_in_server:
        lines.append(f"- Here, with this server's key or this bot's: {_both(view.spent.here)}")
    lines.append(f"- With your own keys, everywhere: {_both(view.spent.own_keys)}")
    limits = [_limit_line(each) for each in view.running]
    if view.operators_cap is not None:
        used, cap = amount(view.operators_micro_usd), amount(view.operators_cap)
        limits.append(f"- You, with this bot's own keys in all servers: {used} of {cap} today")
    lines += ["### Limits", *limits] if limits else ["No limit is set for you here."]
    return clip_lines([*lines, _OWN], MOST_TEXT)


def set_text(budget: Budget) -> str:
    """Return what a new limit does."""
    whom = owner_name(budget)
    most = f"at most {amount(budget.limit_micro_usd)}" if budget.limit_micro_usd else "nothing"
    return (
        f"From now on {whom} may spend {most} {_EACH[budget.period]} here, with this server's key and this bot's own "
        f"keys taken together. What was spent {_NOW[budget.period]} already counts."
    )


def list_text(found: Sequence[Budget]) -> str:
    """Return a server's limits, one a line."""
    if not found:
        return "This server has set no limits. `/budget set` sets one."
    lines = [f"- {owner_name(each)}: {amount(each.limit_micro_usd)} {_EACH[each.period]}" for each in found]
    rule = (
        "-# A person's own limit counts before those of roles; of several roles the most generous one counts."
    )
    return clip_lines(["### Limits of this server", *lines, rule], MOST_TEXT)


def _both(spent: Mapping[Period, int]) -> str:
    return f"{amount(spent[Period.DAY])} today, {amount(spent[Period.MONTH])} this month"


def _limit_line(running: RunningBudget) -> str:
    budget = running.budget
    whom = "All members here together" if budget.owner is BudgetOwner.SERVER else "You here"
    why = f", by <@&{budget.owner_id}>" if budget.owner is BudgetOwner.ROLE else ""
    used, limit = amount(running.spent_micro_usd), amount(budget.limit_micro_usd)
    return f"- {whom}{why}: {used} of {limit} {_NOW[budget.period]}; begins anew in {duration(running.seconds_left)}"
