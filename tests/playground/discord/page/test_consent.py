"""Logging in through a real Chromium: a web edge on another port, the consent page, and the way back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from aiohttp import web
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from yarl import URL

from tests.playground.discord.conftest import People
from tests.playground.discord.page.browser import needs_browser, open_page
from tests.playground.discord.web_login import WebEdge

pytestmark = needs_browser


@dataclass
class Site:
    """A site with a log-in: `/login` goes to the consent page, `/back` shows what came back."""

    people: People
    base: str = ""
    answers: list[dict[str, str]] = field(default_factory=list)

    async def login(self, request: web.Request) -> web.Response:
        asked = {
            "client_id": self.people.about["application_id"],
            "response_type": "code",
            "redirect_uri": f"{self.base}/back",
            "scope": "identify email guilds",
            "state": "7",
        }
        consent = URL(self.people.about["base"]).with_path("/oauth2/authorize")
        raise web.HTTPFound(consent.with_query(asked | dict(request.query)))

    async def back(self, request: web.Request) -> web.Response:
        self.answers.append(dict(request.query))
        page = "<!doctype html><html lang=en><link rel=icon href='data:,'><title>Back</title><h1>Welcome</h1>"
        return web.Response(text=page, content_type="text/html")


@asynccontextmanager
async def serving(people: People) -> AsyncIterator[Site]:
    site = Site(people)
    app = web.Application()
    app.router.add_get("/login", site.login)
    app.router.add_get("/back", site.back)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def site(people: People) -> AsyncIterator[Site]:
    async with serving(people) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def page(people: People, browser: Browser, troubles: list[str]) -> AsyncIterator[Page]:
    """A visitor who has opened the playground's page."""
    address = f"{people.about['base']}/?key={people.about['key']}"
    opened = await open_page(browser, address, viewport={"width": 900, "height": 800}, troubles=troubles)
    yield opened
    await opened.context.close()
    assert troubles == []


async def test_member_logs_in_by_mouse(people: People, page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/login")
    await expect(page.get_by_role("heading", name="Limner wants access")).to_be_visible()
    await page.get_by_text("Ben", exact=False).first.click()
    await page.get_by_role("button", name="Authorise").click()
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    edge = WebEdge(people)
    token = (await edge.exchange(site.answers[0]["code"], redirect_uri=f"{site.base}/back"))[1]
    assert (await edge.read(token["access_token"], "/users/@me"))[1]["username"] == "ben"


async def test_member_logs_in_by_keyboard_and_is_remembered(people: People, page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/login")
    await page.keyboard.press("Tab")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await page.goto(f"{people.about['base']}/?key={people.about['key']}")
    await page.goto(f"{site.base}/login")
    await expect(page.get_by_role("radio", name="Mod")).to_be_checked()


async def test_cancel_leads_back_without_a_code(page: Page, site: Site) -> None:
    await page.goto(f"{site.base}/login")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert (site.answers[0]["error"], site.answers[0]["state"]) == ("access_denied", "7")


async def test_bot_is_added_to_a_chosen_server(people: People, page: Page, site: Site) -> None:
    await people.post("world", guilds=[{"name": "annex", "bots": False, "owner": "ada"}])
    await page.goto(f"{site.base}/login?scope=bot+identify&permissions=51200")
    await page.get_by_role("combobox").select_option("annex")
    await expect(page.get_by_text("Send messages")).to_be_visible()
    await page.get_by_role("button", name="Authorise").click()
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    annex = people.local.world.guild("annex").id
    assert site.answers[0]["guild_id"] == annex
    assert (annex, people.about["application_id"]) in people.local.world.members


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [900, 390])
async def test_axe_finds_nothing_serious_on_the_consent_page(
    page: Page, site: Site, scheme: str, width: int
) -> None:
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 844})
    await page.goto(f"{site.base}/login?scope=bot+identify&permissions=51200")
    found = await Axe().run(page)
    serious = [one["id"] for one in found.response["violations"] if one["impact"] in ("serious", "critical")]
    assert serious == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
