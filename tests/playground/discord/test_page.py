"""The page in a real Chromium, driven by the keyboard, against a real bot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.playground.discord.conftest import People
from tests.playground.discord.sample_bot import SampleBot

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM}"),
]


@pytest.fixture
async def page(people: People, bot: SampleBot) -> AsyncIterator[Page]:
    """The page, open; anything on its console fails the test."""
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 800})
        opened.on("console", lambda message: troubles.append(message.text))
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        await opened.goto(f"{people.about['base']}/?key={people.about['key']}")
        await expect(opened.get_by_role("combobox")).to_be_focused()
        yield opened
        await browser.close()
    assert troubles == []


async def test_command_typed_by_keyboard_brings_a_picture_and_its_button_answers(page: Page) -> None:
    await expect(page.get_by_role("status").first).to_have_text("Limner is online")
    await page.keyboard.type("/portrait")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="+ seed").click()
    await page.keyboard.type("7")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message .picture img")).to_have_attribute("alt", "a face")
    await expect(page.locator(".message strong", has_text="Portrait")).to_be_visible()
    await page.get_by_role("button", name="Again").click()
    await expect(page.locator(".message.ephemeral")).to_contain_text("again 7")
    await expect(page.locator(".message.ephemeral")).to_contain_text("Only you can see this")
    await page.get_by_role("button", name="Ben").click()
    await expect(page.locator(".message")).to_have_count(1)


async def test_modal_autocomplete_and_reaction_work_in_the_page(page: Page) -> None:
    await page.keyboard.type("/pick")
    await page.keyboard.press("Enter")
    await page.keyboard.type("in")
    await page.locator(".small-list .suggestion", has_text="ink").click()
    await page.keyboard.press("Enter")
    await expect(page.locator(".message").last).to_contain_text("1 ink")
    await page.locator(".message").last.hover()
    await page.locator(".tools summary").last.click()
    await page.get_by_label("React with 🔁").last.click()
    await expect(page.locator(".reaction.mine")).to_have_text("🔁1")
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox").fill("/ask")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await page.locator("#modal input[name=words]").fill("<b>grey</b>")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator(".message").last).to_contain_text("<b>grey</b>|[]|[]")
