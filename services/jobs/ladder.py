"""The delivery ladder: which ways a result may take to its owner, and which one is next.

One table says it for every kind of request; `next_step` reads it with the history of tries.

| rung | what it is | closed when |
|---|---|---|
| original | edit the interaction's first response | its token is over (15 minutes) |
| channel | a message of the bot's own in the channel | the bot was not invited there, or the request is private |
| direct | a direct message | the user has not allowed it |
| (parked) | kept; the owner is told at the next command | never |

Where an earlier message may stand among more than can be looked through, the ladder ends: a picture stands in one
message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.jobs.courier import Rung, Sending
from services.models import Installation, OriginKind, Visibility

NONCE_COVERS_S: Final = 60.0
"""How long a repeated nonce is trusted to give the first message back. Source: Discord says "the past few minutes"."""
TRIES_PER_RUNG: Final = 3
"""Of a post whose answer is lost so often, the fault is with this way."""
DEATHS_PER_RUNG: Final = 20
"""Of workers that died over one post: kills and power cuts say nothing about the way, a result that kills does."""
TOKEN_MARGIN_MS: Final = 2_000
NONE: Final[frozenset[Rung]] = frozenset()

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
    """One earlier try: its rung, how long ago, and its outcome: a `Sending`'s value, None where none was written."""

    rung: Rung
    age_s: float
    tried_at_ms: int
    outcome: str | None

    @property
    def may_have_arrived(self) -> bool:
        """Return whether nobody knows if this try reached Discord (a crash leaves no outcome)."""
        return self.outcome in (None, "uncertain")


@dataclass(frozen=True, slots=True)
class Look:
    """A place to look for an earlier message in, and since when (UTC epoch milliseconds, database clock)."""

    place: Rung
    since_ms: int


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: where to look first, and then a rung."""

    rung: Rung
    looks: tuple[Look, ...] = ()


def open_rungs(
    ladder: Sequence[Rung],
    *,
    is_token_alive: bool,
    allows_direct_messages: bool,
    closed: frozenset[Rung] = NONE,
) -> tuple[Rung, ...]:
    """Return the rungs of a ladder that are not closed from the start."""
    shut = set(closed)
    if not is_token_alive:
        shut.add(Rung.ORIGINAL)
    if not allows_direct_messages:
        shut.add(Rung.DIRECT)
    return tuple(rung for rung in ladder if rung not in shut)


def _is_given_up(rung: Rung, history: Sequence[Tried]) -> bool:
    """A refusal closes a rung. Tries whose fate is unknown close one that posts; an edit can be repeated for ever."""
    outcomes = [tried.outcome for tried in history if tried.rung is rung]
    is_lost = outcomes.count("uncertain") >= TRIES_PER_RUNG or outcomes.count(None) >= DEATHS_PER_RUNG
    return "refused" in outcomes or (rung is not Rung.ORIGINAL and is_lost)


def place_of(rung: str) -> Rung:
    """Return where the message of a rung stands: the answer to a command stands in its channel."""
    return Rung.DIRECT if rung == Rung.DIRECT else Rung.CHANNEL


def _looks(rung: Rung, history: Sequence[Tried]) -> tuple[Look, ...]:
    """A message that may have arrived is looked for before another one is posted.

    An edit repeats itself, and a young nonce gives the first message back; everything else has to be looked for.
    """
    if rung is Rung.ORIGINAL:
        return ()
    since_ms: dict[Rung, int] = {}
    for tried in history:
        is_covered = tried.rung is rung and tried.age_s <= NONCE_COVERS_S
        if tried.may_have_arrived and not is_covered:
            place = place_of(tried.rung)
            since_ms[place] = min(tried.tried_at_ms, since_ms.get(place, tried.tried_at_ms))
    return tuple(Look(place, since) for place, since in since_ms.items())


def next_step(rungs: Sequence[Rung], history: Sequence[Tried]) -> Step | None:
    """Return the next step, None when the ladder is at its end and the result is to be parked.

    `rungs` are those open now, `history` every earlier try, oldest first.
    """
    if any(tried.outcome == Sending.UNSEEN for tried in history):
        return None
    for rung in rungs:
        if not _is_given_up(rung, history):
            return Step(rung, _looks(rung, history))
    return None
