"""The second witness: SimCord, where it sends a field in that kind of object.

The comparison of both on one script (`tests/playground/simcord`) misses such a field, but for the few that it lets
SimCord have alone: those count last, where nobody else misses them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from tests.playground.mutation.fields import Mutant, step_of
from tests.playground.mutation.messages import Sent
from tests.playground.simcord.exceptions import EXCEPTIONS
from tests.playground.simcord.field_sets import field_sets
from tests.playground.simcord.kinds import EVENTS, objects_in

ANSWERS: Final[Mapping[str, str]] = {
    "/users/@me": "user", "/users/{user_id}": "user", "/reactions/{emoji}": "user", "/users/@me/channels": "channel",
    "/applications/@me": "application", "/commands": "command", "/callback": "callback", "/guilds/{guild_id}": "guild",
    "/guilds/{guild_id}/channels": "channel", "/members/{user_id}": "member", "/roles": "role", "/threads": "thread",
    "/messages": "message", "/messages/{message_id}": "message", "/messages/pins": "pins",
    "/webhooks/{application_id}/{token}": "message", "/channels/{channel_id}": "channel",
    "/threads/active": "thread list",
}  # fmt: skip
"""What an operation whose route ends so answers with, in SimCord's kinds; the others have no object of a kind."""

OTHER_EVENTS: Final[Mapping[str, str]] = {"CHANNEL_DELETE": "channel"}
"""Events that SimCord's script has not, with objects that it has."""

_BASES: Final = {**EVENTS, **OTHER_EVENTS}

_EXCUSED: Final[defaultdict[str, set[str]]] = defaultdict(set)
"""Fields that SimCord may have alone in some places, so that the comparison does not miss them anywhere."""
for _exception in EXCEPTIONS:
    for _kind, _names in _exception.fields.get("theirs", {}).items():
        _EXCUSED[_kind].update(_names)


def seen_by_simcord(sent: Iterable[Sent]) -> tuple[set[Mutant], set[Mutant]]:
    """Return the fields that SimCord sends as well: those that the comparison misses, and those that it excuses.

    Not for use in a running event loop.
    """
    known = field_sets()
    unexcused = {kind: names - _EXCUSED[kind] for kind, names in known.items()}
    alike, missed = ({mutant for one in sent for mutant in _shared(one, each)} for each in (known, unexcused))
    return missed, alike - missed


def _shared(sent: Sent, known: Mapping[str, frozenset[str]]) -> Iterator[Mutant]:
    base, above = _base_of(sent), ("d",) if sent.entry["kind"] == "frame" else ()
    if base is None:
        return
    for kind, path, found in objects_in(base, sent.body["d"] if above else sent.body):
        place = (*above, *map(step_of, path))
        for name in found.keys() & known.get(kind, frozenset()):
            yield Mutant(sent.kind, (*place, name))


def _base_of(sent: Sent) -> str | None:
    if sent.entry["kind"] == "frame":
        return _BASES.get(sent.kind.partition(" ")[0])
    pattern = sent.kind.split(" ")[1]
    ends = [one for one in ANSWERS if pattern.endswith(one)]
    return ANSWERS[max(ends, key=len)] if ends else None
