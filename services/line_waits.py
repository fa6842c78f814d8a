"""Why a job in line waits, and how long it will: a table of rules over a few facts. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

BUSY_CODES: Final = frozenset({"provider_busy"})
"""Errors by which an image service asked for some time."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a job in line.

    `ahead`, `share_ahead` and `own_ahead` count the jobs before it in its account's line: all, those of its server (or
    of its owner outside of servers), its owner's. Each `running` stands beside its `cap`. `held_s` is for how long it
    was put off still (0: not), by the error `held_by`; `trial_in_s` when the provider, which is down, is tried again
    (None: it is not down). `pause` is an operator's sentence, `usual_s` how long a picture of the model usually takes.
    """

    usual_s: float
    ahead: int = 0
    share_ahead: int = 0
    own_ahead: int = 0
    account_running: int = 0
    account_cap: int = 1
    share_running: int = 0
    share_cap: int = 1_000_000
    own_running: int = 0
    own_cap: int = 1_000_000
    held_s: float = 0.0
    held_by: str = ""
    trial_in_s: float | None = None
    pause: str = ""
    is_in_server: bool = True


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it waits: the name of a sentence (`cogs/_queue_words.py`), and the number and text that it needs."""

    name: str
    number: float = 0
    text: str = ""


NEXT: Final = "next"
"""The reason of what nothing known holds up; its place in line says as much, so that it has no sentence."""

Rule = tuple[str, Callable[[Facts], bool], Callable[[Facts], float]]

_RULES: Final[tuple[Rule, ...]] = (
    ("paused", lambda facts: facts.pause != "", lambda _: 0),
    ("down", lambda facts: facts.trial_in_s is not None, lambda facts: facts.trial_in_s or 0),
    (
        "asked_to_wait",
        lambda facts: facts.held_s > 0 and facts.held_by in BUSY_CODES,
        lambda facts: facts.held_s,
    ),
    ("tried_again", lambda facts: facts.held_s > 0, lambda facts: facts.held_s),
    ("own_full", lambda facts: facts.own_running >= facts.own_cap, lambda facts: facts.own_running),
    (
        "server_full",
        lambda facts: facts.is_in_server and facts.share_running >= facts.share_cap,
        lambda facts: facts.share_running,
    ),
    (
        "outside_full",
        lambda facts: not facts.is_in_server and facts.share_running >= facts.share_cap,
        lambda facts: facts.share_running,
    ),
    (
        "account_full",
        lambda facts: facts.account_running >= facts.account_cap,
        lambda facts: facts.account_running,
    ),
    ("in_line", lambda facts: facts.ahead > 0, lambda facts: facts.ahead),
    (NEXT, lambda _: True, lambda _: 0),
)
"""The first that holds is the reason: what nobody here can change first, then what is nearest to the person."""


def reason_of(facts: Facts) -> Reason:
    """Return why a job waits."""
    return next(Reason(name, number(facts), facts.pause) for name, holds, number in _RULES if holds(facts))


def _rounds(ahead: int, running: int, cap: int) -> float:
    """Return how many pictures' time passes until there is room, one after the other."""
    return max(ahead + 1 + running - cap, 0) / cap


def wait_s(facts: Facts) -> float | None:
    """Return in how many seconds the picture is expected, None where nobody can say: it is paused.

    From the narrowest of what holds it up (the account, its server, its owner), and the model's usual time.
    """
    if facts.pause:
        return None
    rounds = max(
        _rounds(facts.ahead, facts.account_running, facts.account_cap),
        _rounds(facts.share_ahead, facts.share_running, facts.share_cap),
        _rounds(facts.own_ahead, facts.own_running, facts.own_cap),
    )
    return max(rounds * facts.usual_s, facts.held_s, facts.trial_in_s or 0.0) + facts.usual_s
