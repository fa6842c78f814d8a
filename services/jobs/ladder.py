"""The delivery ladder: which ways a result may take to its owner, and which one is next.

One table says it for every kind of request; `next_step` reads it with the history of tries.

| rung | what it is | closed when |
|---|---|---|
| original | edit the interaction's first response | its token is over (15 minutes) |
| channel | a message of the bot's own in the channel | the bot was not invited there, or the request is private |
| direct | a direct message | the user has not allowed it |
| (parked) | kept; the owner is told at the next command | never |
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.jobs.courier import Rung
from services.models import Installation, OriginKind, Visibility

NONCE_COVERS_S: Final = 60.0
"""How long a repeated nonce is trusted to give the first message back. Source: Discord says "the past few minutes"."""
TRIES_PER_RUNG: Final = 3
TOKEN_MARGIN_MS: Final = 2_000

_ALL = (Rung.ORIGINAL, Rung.CHANNEL, Rung.DIRECT)
_NO_CHANNEL = (Rung.ORIGINAL, Rung.DIRECT)

LADDERS: Final = MappingProxyType(
    {
        (Visibility.PUBLIC, Installation.GUILD, OriginKind.INTERACTION): _ALL,
        (Visibility.PUBLIC, Installation.USER, OriginKind.INTERACTION): _NO_CHANNEL,
        (Visibility.PRIVATE, Installation.GUILD, OriginKind.INTERACTION): _NO_CHANNEL,
        (Visibility.PRIVATE, Installation.USER, OriginKind.INTERACTION): _NO_CHANNEL,
        (Visibility.PUBLIC, Installation.GUILD, OriginKind.REACTION): (Rung.CHANNEL, Rung.DIRECT),
        (Visibility.PUBLIC, Installation.USER, OriginKind.REACTION): (Rung.DIRECT,),
        (Visibility.PRIVATE, Installation.GUILD, OriginKind.REACTION): (Rung.DIRECT,),
        (Visibility.PRIVATE, Installation.USER, OriginKind.REACTION): (Rung.DIRECT,),
    }
)
"""(visibility, who installed the app, how it was asked for) -> the rungs from the top."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One earlier try: its rung, how long ago, and its outcome ("sent", "refused", "uncertain", "later" or None)."""

    rung: Rung
    age_s: float
    tried_at_ms: int
    outcome: str | None

    @property
    def may_have_arrived(self) -> bool:
        """Return whether nobody knows if this try reached Discord (a crash leaves no outcome)."""
        return self.outcome in (None, "uncertain")


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: a rung, and since when to look for an earlier message in the channel first (None: no need)."""

    rung: Rung
    look_since_ms: int | None = None


def open_rungs(
    ladder: Sequence[Rung], *, is_token_alive: bool, allows_direct_messages: bool
) -> tuple[Rung, ...]:
    """Return the rungs of a ladder that are not closed from the start."""
    closed = set()
    if not is_token_alive:
        closed.add(Rung.ORIGINAL)
    if not allows_direct_messages:
        closed.add(Rung.DIRECT)
    return tuple(rung for rung in ladder if rung not in closed)


def _is_given_up(rung: Rung, history: Sequence[Tried]) -> bool:
    tries = [tried for tried in history if tried.rung is rung]
    refused = any(tried.outcome == "refused" for tried in tries)
    lost = [tried for tried in tries if tried.may_have_arrived]
    return refused or len(lost) >= TRIES_PER_RUNG


def _look_since_ms(rung: Rung, history: Sequence[Tried]) -> int | None:
    """A message that may have arrived is looked for before another one is posted in its channel.

    An edit can be repeated, and a young nonce gives the first message back; everything else has to be looked for.
    """
    if rung is Rung.ORIGINAL:
        return None
    doubtful = [tried for tried in history if tried.may_have_arrived]
    needs_look = [tried for tried in doubtful if tried.rung is not rung or tried.age_s > NONCE_COVERS_S]
    return min((tried.tried_at_ms for tried in needs_look), default=None)


def next_step(rungs: Sequence[Rung], history: Sequence[Tried]) -> Step | None:
    """Return the next step, None when the ladder is at its end and the result is to be parked.

    `rungs` are those open now, `history` every earlier try, oldest first.
    """
    for rung in rungs:
        if not _is_given_up(rung, history):
            return Step(rung, _look_since_ms(rung, history))
    return None
