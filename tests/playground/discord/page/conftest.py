"""The page, open in a real Chromium, before a real bot; whatever its console says fails the test.

One browser serves all tests, so they and their fixtures run in one loop. Each has a server, a bot and a page of its
own.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.playground.discord.conftest import People, connected
from tests.playground.discord.page.browser import launched, line, open_page
from tests.playground.discord.sample_bot import SampleBot


@pytest.fixture
def troubles() -> list[str]:
    """What consoles said; a test that makes trouble on purpose takes it out again."""
    return []


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright, launched(playwright) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def people(tmp_path: Path) -> AsyncIterator[People]:
    local = LocalDiscord(tmp_path / "discord", is_kept=True)
    async with running(local, 0), aiohttp.ClientSession() as session:
        yield People(session, local, local.announcement())


@pytest_asyncio.fixture(loop_scope="session")
async def bot(people: People, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SampleBot]:
    async with connected(people.about, monkeypatch) as one:
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def page(people: People, bot: SampleBot, browser: Browser, troubles: list[str]) -> AsyncIterator[Page]:
    """The page as ada, with the bot online and its commands known: the channel is shown once they are."""
    address = f"{people.about['base']}/?key={people.about['key']}"
    opened = await open_page(browser, address, viewport={"width": 1280, "height": 800}, troubles=troubles)
    await expect(line(opened)).to_be_focused()
    await expect(opened.locator("#bot")).to_have_text("Limner is online")
    await expect(opened.get_by_role("button", name="Try /portrait")).to_be_enabled()
    yield opened
    await opened.context.close()
    assert troubles == []
