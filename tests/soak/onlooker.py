"""Those who remember: what people saw in their channels and what the image services were asked, read as it happens.

The local Discord keeps the newest 500 messages of a channel and the stand-ins their last 20,000 calls; a run has more.
"""

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from tests.chaos.orders import phrase_of
from tests.chaos.world import World
from tests.e2e.play import Json, is_finished

HOMES: Final = {"ada": "portraits", "ben": "gallery", "mod": "lounge"}
"""Who types where: so each message is read once, by somebody who sees it."""
SETTLED_AFTER_S: Final = 30.0
"""After that a call has been paid for or not, and a finished message stays as it is."""
GIVEN_UP_AFTER_S: Final = 120.0
"""A message that is not finished by then is read on no more until the end: its outcome may be hours away."""
_MS_OF_ID: Final = 22


@dataclass(slots=True)
class Channel:
    """What one person has seen where they type."""

    user: str
    channel: str
    seen: dict[str, Json] = field(default_factory=dict)
    after: int = 0

    async def look(self, world: World) -> None:
        """Read what is new, and again what may still change."""
        path = f"messages?user={self.user}&channel={self.channel}&after={self.after}&limit=100000"
        found = list((await world.play.call("GET", path))["messages"])
        self.seen.update({message["id"]: message for message in found})
        if found:
            self._move_on(found, int(found[-1]["id"]) >> _MS_OF_ID)

    def _move_on(self, found: list[Json], now_ms: int) -> None:
        for message in found:
            age_s = (now_ms - (int(message["id"]) >> _MS_OF_ID)) / 1000
            if age_s < (SETTLED_AFTER_S if is_finished(message) else GIVEN_UP_AFTER_S):
                return
            self.after = int(message["id"])


@dataclass(slots=True)
class Onlooker:
    """Everything that a verdict needs and that somebody would else forget."""

    world: World
    channels: list[Channel] = field(default_factory=lambda: [Channel(*each) for each in HOMES.items()])
    orders: list[Json] = field(default_factory=list)
    """The calls that ordered something, each with `body`, the words by which it is known, and `paid`."""
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many calls of each method a provider got."""
    taken: Counter[str] = field(default_factory=Counter)
    """How many webhooks of each order were answered with 200."""
    _calls_read: int = 0
    _webhooks_read: int = 0

    async def look(self) -> None:
        """Read what is new everywhere."""
        for channel in self.channels:
            await channel.look(self.world)
        await self._read_calls(before_s=time.time() - SETTLED_AFTER_S)
        await self._read_webhooks()

    async def look_back(self) -> None:
        """Read everything that is still there, for everybody everywhere, once nothing happens any more."""
        everywhere = (*HOMES.values(), "dm")
        self.channels += [Channel(user, place) for user in HOMES for place in everywhere]
        for channel in self.channels:
            channel.after = 0
            await channel.look(self.world)
        await self._read_calls(before_s=float("inf"))
        await self._read_webhooks()

    async def _stand_ins(self, name: str, after: int) -> Json:
        url = f"{self.world.control}/{name}?after={after}"
        async with self.world.play.session.get(url) as answer:
            answer.raise_for_status()
            found: Json = await answer.json()
            return found

    async def _read_calls(self, before_s: float) -> None:
        found = await self._stand_ins("calls", self._calls_read)
        assert found["forgotten"] <= self._calls_read, "calls were forgotten before they were read"
        for call in found["calls"]:
            if call["at"] > before_s:
                return
            self._calls_read += 1
            self.calls[call["provider"], call["method"]] += 1
            phrase = phrase_of(json.dumps(call["body"]))
            if phrase:
                self.orders.append({"body": phrase, "paid": call["paid"]})

    async def _read_webhooks(self) -> None:
        found = await self._stand_ins("webhooks", self._webhooks_read)
        assert len(found["webhooks"]) == found["next"] - self._webhooks_read, "webhooks were forgotten"
        self._webhooks_read = found["next"]
        self.taken.update(each["request_id"] for each in found["webhooks"] if each["status"] == 200)

    @property
    def messages(self) -> dict[str, list[Json]]:
        """Return what each person has seen."""
        seen: dict[str, dict[str, Json]] = {}
        for channel in self.channels:
            seen.setdefault(channel.user, {}).update(channel.seen)
        return {user: list(known.values()) for user, known in seen.items()}
