"""People on a local Discord that is known by its announcement alone."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

Json = dict[str, Any]

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x20" + b"\0" * 64
"""A picture of 16 x 32 pixels, as far as its head tells."""

UPLOAD: Json = {"filename": "me.png", "base64": base64.b64encode(PNG).decode()}


LOOKS: Json = {
    "avatar_decoration_data": {"asset": "a_fed43ab12698df65902ba06727e20c0e", "sku_id": "1144058844004233369"},
    "collectibles": {
        "nameplate": {
            "sku_id": "1144058844004233370", "asset": "nameplates/moss/", "label": "MOSS", "palette": "forest",
        },
    },
    "primary_guild": {
        "identity_guild_id": "1144058844004233371", "identity_enabled": True, "tag": "ART",
        "badge": "7d1734ae5a615e82bc7a4033b98fade8",
    },
}  # fmt: skip
"""How everybody decorates themselves."""


@dataclass(slots=True)
class People:
    """Acts through `/play/` on one application.

    `ids` holds the id of every guild, channel and user by name; all users are members of `atelier`.
    """

    about: Json
    session: aiohttp.ClientSession
    ids: dict[str, int] = field(default_factory=dict)
    member_count: int = 0

    @property
    def bot_id(self) -> str:
        """Return the id of the application that they deal with."""
        return str(self.about["application_id"])

    async def call(self, method: str, path: str, **body: object) -> Any:  # noqa: ANN401 (JSON)
        """Make one call. Raises RuntimeError for a refusal."""
        headers = {"X-Playground-Key": self.about["key"]}
        url = f"{self.about['base']}/play/{path}"
        async with self.session.request(method, url, json=body or None, headers=headers) as response:
            answer = None if response.status == 204 else await response.json()
            if response.status >= 400:
                raise RuntimeError(f"{path}: {response.status} {answer}")
            return answer

    async def move_to_new_application(self, name: str) -> str:
        """Deal with a further application from now on; return its token."""
        made = await self.call("POST", "applications", name=name)
        self.about = self.about | {"application_id": made["application_id"]}
        self.member_count += 1
        await self.call("POST", "world", users=[{"name": made["application_id"], "looks": LOOKS}])
        return str(made["token"])

    async def act(self, path: str, **body: object) -> Any:  # noqa: ANN401 (JSON)
        """Do something as a person: ada, where none is named."""
        return await self.call("POST", path, **{"user": "ada", "bot": self.bot_id, **body})

    async def slash(self, name: str, *, channel: str = "portraits", **more: object) -> Json:
        """Type a command and return what it is answered with first."""
        answer: Json = await self.act("slash", channel=channel, name=name, **more)
        return answer

    async def click(self, message_id: int, custom_id: str, **more: object) -> Json:
        """Press a button, or choose."""
        answer: Json = await self.act("click", message_id=str(message_id), custom_id=custom_id, **more)
        return answer


def scenery(bot_id: str) -> Json:
    """Return what makes the world differ from what client libraries assume where nothing is said."""
    return {
        "users": [{"name": name, "looks": LOOKS} for name in ("ada", "ben", "mod", bot_id)],
        "roles": [{"name": "painters", "permissions": ["SEND_MESSAGES", "MANAGE_MESSAGES"]}],
        "members": [
            {"user": "ada", "roles": ["painters"], "nick": "Adele"},
            {"user": "ben", "nick": "Benny"},
        ],
        "channels": [
            {"name": "house", "kind": "category"},
            {"name": "cellar", "kind": "age-restricted", "parent": "house"},
            {"name": "nook", "kind": "thread", "parent": "lounge"},
        ],
        "permissions": [
            {
                "channel": "gallery",
                "target": "painters",
                "allow": ["ATTACH_FILES"],
                "deny": ["ADD_REACTIONS"],
            },
            {"channel": "portraits", "target": bot_id, "allow": ["PIN_MESSAGES"]},
        ],
        "locales": [{"name": "ada", "locale": "de"}, {"name": "atelier", "locale": "fr"}],
    }


@asynccontextmanager
async def people_of(about: Json) -> AsyncIterator[People]:
    """Give the people of a local Discord, in a world that differs from the libraries' defaults."""
    async with aiohttp.ClientSession() as session:
        people = People(about, session)
        state = await people.call("POST", "world", **scenery(people.bot_id))
        for one in (*state["guilds"], *state["channels"]):
            people.ids[one["name"]] = int(one["id"])
        people.ids |= {one["username"]: int(one["id"]) for one in state["users"]}
        people.member_count = len(state["users"])
        yield people
