"""What `/budget` says of money."""

from collections.abc import Mapping, Sequence
from typing import Final

from cogs._layout import MOST_TEXT
from cogs._text import amount, clip_lines, duration
from db.money.budgets import Budget, RunningBudget
from services.budgets import BudgetView
from services.languages import ENGLISH, say
from services.models import BudgetOwner, Period

_WHOM: Final[Mapping[BudgetOwner, str]] = {
    BudgetOwner.SERVER: "budget.whom_server",
    BudgetOwner.ROLE: "budget.whom_role",
    BudgetOwner.USER: "budget.whom_you",
}


def owner_name(budget: Budget, language: str = ENGLISH) -> str:
    """Return who is limited, as Discord shows people and roles."""
    if budget.owner is BudgetOwner.SERVER:
        return say(language, "budget.all_members")
    if budget.owner is BudgetOwner.USER:
        return f"<@{budget.owner_id}>"
    return say(language, "budget.role", role=f"<@&{budget.owner_id}>")


def show_text(view: BudgetView, *, is_in_server: bool, language: str = ENGLISH) -> str:
    """Return what somebody spent and what limits it."""
    lines = [f"### {say(language, 'budget.spent')}"]
    if is_in_server:
        lines.append(_spent_line("budget.spent_here", view.spent.here, language))
    lines.append(_spent_line("budget.spent_own", view.spent.own_keys, language))
    limits = [_limit_line(each, language) for each in view.running]
    if view.operators_cap is not None:
        used, cap = amount(view.operators_micro_usd), amount(view.operators_cap)
        limits.append(f"- {say(language, 'budget.limit_operators', used=used, cap=cap)}")
    heading = f"### {say(language, 'budget.limits')}"
    lines += [heading, *limits] if limits else [say(language, "budget.no_limit")]
    return clip_lines([*lines, f"-# {say(language, 'budget.own_keys')}"], MOST_TEXT, language)


def set_text(budget: Budget, language: str = ENGLISH) -> str:
    """Return what a new limit does."""
    whom, most = owner_name(budget, language), budget.limit_micro_usd
    if not most:
        return say(language, f"budget.nothing_{budget.period}", whom=whom)
    return say(language, f"budget.set_{budget.period}", whom=whom, most=amount(most))


def list_text(found: Sequence[Budget], language: str = ENGLISH) -> str:
    """Return a server's limits, one a line."""
    if not found:
        return say(language, "budget.no_limits")
    heading, rule = f"### {say(language, 'budget.server_limits')}", f"-# {say(language, 'budget.rule')}"
    return clip_lines([heading, *(_listed(each, language) for each in found), rule], MOST_TEXT, language)


def _listed(budget: Budget, language: str) -> str:
    whom, most = owner_name(budget, language), amount(budget.limit_micro_usd)
    return f"- {say(language, f'budget.each_{budget.period}', whom=whom, most=most)}"


def _spent_line(name: str, spent: Mapping[Period, int], language: str) -> str:
    return f"- {say(language, name, day=amount(spent[Period.DAY]), month=amount(spent[Period.MONTH]))}"


def _limit_line(running: RunningBudget, language: str) -> str:
    budget = running.budget
    shown = {
        "whom": say(language, _WHOM[budget.owner], role=f"<@&{budget.owner_id}>"),
        "used": amount(running.spent_micro_usd),
        "most": amount(budget.limit_micro_usd),
        "wait": duration(running.seconds_left, language),
    }
    return f"- {say(language, f'budget.running_{budget.period}', **shown)}"
