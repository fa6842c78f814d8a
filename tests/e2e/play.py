"""A person's hands on the local Discord: the `/play/` interface as a small client."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.waiting import HANGS_AFTER_S

Json = dict[str, Any]

ALL, RECENT = 100_000, 100
"""How many messages of a channel are read: all that there are, and what is enough to wait for a new one."""


class Refused(Exception):
    """The local Discord refused a call, as Discord's own client would."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.code = body.get("error", {}).get("code")


@dataclass(slots=True)
class Play:
    """The interface of one running local Discord."""

    base: str
    key: str
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Make one call and return its answer. Raises Refused for a 4xx."""
        headers = {"X-Playground-Key": self.key}
        url = f"{self.base}/play/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as response:
            if response.status == 204:
                return {}
            answer: Json = await response.json()
            if response.status >= 400:
                raise Refused(response.status, answer)
            return answer

    async def slash(self, user: str, name: str, *, channel: str = "portraits", **options: object) -> Json:
        """Type a slash command and wait until its answer is finished."""
        return await self.type(user, name, options, channel=channel, wait="done")

    async def type(
        self,
        user: str,
        name: str,
        options: Json,
        *,
        channel: str = "portraits",
        wait: object = "done",
        raw: bool = False,
    ) -> Json:
        """Type a slash command."""
        body = {"user": user, "channel": channel, "name": name, "options": options, "wait": wait, "raw": raw}
        return await self.call("POST", "slash", body)

    async def refusal(self, user: str, name: str, options: Json) -> Json:
        """Type, past what Discord's own client checks, what is refused, and return what the bot says.

        Waiting until it is done would wait for more: nothing in a refusal says that it is the last word.
        """
        result = await self.type(user, name, options, wait=3, raw=True)
        if result["callback"] == 4:
            return answer_of(result)
        return await self.new_message(user, {"id": result["interaction_id"]})

    async def complete(self, user: str, name: str, option: str, value: str, **options: object) -> list[Json]:
        """Return what is offered while an option is being typed."""
        body = {
            "user": user, "channel": "portraits", "name": name, "option": option, "value": value, "options": options
        }  # fmt: skip
        answer = await self.call("POST", "autocomplete", body)
        return list(answer["choices"])

    async def press(self, user: str, message: Json, verb: str, values: list[str] | None = None) -> Json:
        """Press the button, or choose in the select, of a message whose custom id has this verb."""
        body: Json = {
            "user": user,
            "message_id": message["id"],
            "custom_id": custom_id(message, verb),
            "wait": "done",
        }
        if values is not None:
            body["values"] = values
        return await self.call("POST", "click", body)

    async def told(self, user: str, message: Json, verb: str, text: str) -> Json:
        """Press a button, wait until an answer or a follow-up has `text`, and return that message."""
        body = {"user": user, "message_id": message["id"], "custom_id": custom_id(message, verb)}
        pressed = await self.call("POST", "click", body)
        about = {"interaction_id": pressed["interaction_id"], "until": {"text": text}}
        return await self.call("POST", "wait", about | {"timeout_s": HANGS_AFTER_S})

    async def react(self, user: str, message: Json, emoji: str, *, remove: bool = False) -> None:
        """Add a reaction, or take it back."""
        body = {"user": user, "message_id": message["id"], "emoji": emoji, "remove": remove}
        await self.call("POST", "react", body)

    async def messages(self, user: str, channel: str = "portraits", newest: int = ALL) -> list[Json]:
        """Return what a user sees of a channel's newest messages, oldest first; those that others see count, too."""
        answer = await self.call("GET", f"messages?user={user}&channel={channel}&limit={newest}")
        return list(answer["messages"])

    async def until_message(
        self, user: str, holds: Callable[[Json], bool], channel: str = "portraits"
    ) -> Json:
        """Return the newest message of a channel for which something holds, once there is one."""
        async with asyncio.timeout(HANGS_AFTER_S):
            while True:
                seen = await self.messages(user, channel, RECENT)
                found = [message for message in seen if holds(message)]
                if found:
                    return found[-1]
                await asyncio.sleep(0.05)

    async def new_message(self, user: str, after: Json, channel: str = "portraits") -> Json:
        """Return the first finished message that came after another one."""

        def is_new(message: Json) -> bool:
            return int(message["id"]) > int(after["id"]) and is_finished(message)

        return await self.until_message(user, is_new, channel)

    async def picture(self, message: Json, place: int = 0) -> bytes:
        """Return the bytes of a message's attachment."""
        async with self.session.get(message["attachments"][place]["url"]) as response:
            response.raise_for_status()
            return await response.read()

    async def transcript(self) -> list[Json]:
        """Return every frame and request so far."""
        entries: list[Json] = []
        after = 0
        while True:
            answer = await self.call("GET", f"transcript?after={after}&limit=500")
            if not answer["entries"]:
                return entries
            entries += answer["entries"]
            after = answer["next"]


def is_finished(message: Json) -> bool:
    """Return whether nothing is being painted in a message any more."""
    is_loading = bool(message["flags"] & 128)
    return not is_loading and not any("v1:job:cancel:" in each for each in custom_ids(message))


def parts(message: Json) -> list[Json]:
    """Return every component of a message, nested ones included."""
    found: list[Json] = []
    waiting = list(message.get("components", []))
    while waiting:
        part = waiting.pop(0)
        found.append(part)
        waiting[:0] = [*part.get("components", []), *([part["accessory"]] if part.get("accessory") else [])]
    return found


def custom_ids(message: Json) -> list[str]:
    """Return the custom ids of a message's buttons and selects."""
    return [part["custom_id"] for part in parts(message) if "custom_id" in part]


def custom_id(message: Json, verb: str) -> str:
    """Return the custom id with a verb."""
    found = [each for each in custom_ids(message) if each.split(":")[2:3] == [verb]]
    assert found, f"no {verb} in {custom_ids(message)}"
    return found[0]


def text_of(message: Json) -> str:
    """Return everything that a message says in words."""
    words = [message.get("content", ""), *(part["content"] for part in parts(message) if part["type"] == 10)]
    return "\n".join(filter(None, words))


def gallery(message: Json) -> list[Json]:
    """Return the items of a message's media galleries."""
    return [item for part in parts(message) if part["type"] == 12 for item in part["items"]]


def answer_of(result: Json) -> Json:
    """Return the message that a command ended in: its own response, else the last private follow-up."""
    if result["message"] is not None and not result["deleted"]:
        return dict(result["message"])
    assert result["messages"], result
    return dict(result["messages"][-1])
