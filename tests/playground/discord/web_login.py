"""A web edge's side of OAuth2: it sends a browser to the consent page and talks to the token routes."""

import html
import re
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from tests.playground.discord.conftest import People

REDIRECT = "http://127.0.0.1:8480/login/back"
TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass
class Browser:
    """A visitor without JavaScript, who follows no redirect by itself; cookies are kept by hand."""

    people: People
    cookie: str = ""

    async def ask(self, method: str, url: URL, **form: str) -> aiohttp.ClientResponse:
        response = await self.people.session.request(
            method,
            url,
            data=form or None,
            headers={"Cookie": self.cookie} if self.cookie else {},
            allow_redirects=False,
        )
        await response.read()
        for cookie in response.cookies.values():
            self.cookie = f"{cookie.key}={cookie.value}"
        self.people.session.cookie_jar.clear()
        return response

    async def enter(self) -> None:
        """Open the playground's page with its key."""
        response = await self.ask(
            "GET", URL(self.people.about["base"]).with_query(key=self.people.about["key"])
        )
        assert response.status == 200

    def address(self, **query: str | None) -> URL:
        """The consent page's address of an ordinary log-in; `query` changes it, None takes a field away."""
        usual = {
            "client_id": self.people.about["application_id"],
            "response_type": "code",
            "redirect_uri": REDIRECT,
            "scope": "identify guilds",
            "state": "a+b &c",
        }
        chosen = {name: value for name, value in (usual | query).items() if value is not None}
        return URL(self.people.about["base"]).with_path("/oauth2/authorize").with_query(chosen)

    async def decide(
        self, url: URL, user: str = "ada", decision: str = "authorise", **more: str
    ) -> aiohttp.ClientResponse:
        """Open the page and press a button as a member."""
        page = await (await self.ask("GET", url)).text()
        found = TOKEN.search(html.unescape(page))
        assert found is not None, page
        member = self.people.local.world.user(user).id
        return await self.ask("POST", url, token=found[1], user=member, decision=decision, **more)

    async def code(self, user: str = "ada", form: dict[str, str] | None = None, **query: str | None) -> str:
        response = await self.decide(self.address(**query), user, **form or {})
        assert response.status == 303, await response.text()
        return URL(response.headers["Location"]).query["code"]


async def visiting(people: People) -> Browser:
    """Return a visitor who has opened the playground's page."""
    visitor = Browser(people)
    await visitor.enter()
    return visitor


@dataclass
class WebEdge:
    """Calls the token routes as the playground's own application."""

    people: People

    async def post(
        self, path: str, client: tuple[str, str] | None = None, /, **form: str
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": aiohttp.encode_basic_auth(*(client or self.client))}
        url = f"{self.people.about['base']}/api{path}"
        async with self.people.session.post(url, data=form, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    @property
    def client(self) -> tuple[str, str]:
        return self.people.about["application_id"], self.people.about["client_secret"]

    async def exchange(self, code: str, **more: str) -> tuple[int, dict[str, Any]]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT} | more
        return await self.post("/v10/oauth2/token", **form)

    async def refresh(self, refresh_token: str) -> tuple[int, dict[str, Any]]:
        return await self.post("/v10/oauth2/token", grant_type="refresh_token", refresh_token=refresh_token)

    async def read(self, access: str, path: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {access}"}
        async with self.people.session.get(self.people.about["api"] + path, headers=headers) as response:
            return response.status, await response.json(content_type=None)
