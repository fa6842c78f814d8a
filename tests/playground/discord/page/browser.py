"""A real Chromium, and what hands do in it."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, Playwright, expect

from tests.waiting import HANGS_AFTER_S

NAMES = ("chromium", "chromium-browser", "google-chrome")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), str(ON_MACOS) if ON_MACOS.exists() else None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
needs_browser = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=f"there is no browser here: none of {', '.join(NAMES)}"),
]


@asynccontextmanager
async def launched(playwright: Playwright) -> AsyncIterator[Browser]:
    """Start the browser, and close it afterwards; whatever is expected of a page meanwhile has time enough."""
    expect.set_options(timeout=HANGS_AFTER_S * 1000)
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    try:
        yield browser
    finally:
        await browser.close()


async def open_page(
    browser: Browser,
    address: str,
    *,
    troubles: list[str] | None = None,
    **options: Any,  # noqa: ANN401 (Playwright's own)
) -> Page:
    """Open the page in a browser context of its own; what its console says is added to `troubles`."""
    context = await browser.new_context(**options)
    context.set_default_timeout(HANGS_AFTER_S * 1000)
    page = await context.new_page()
    if troubles is not None:
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
    await page.goto(address)
    await expect(line(page)).to_be_visible()
    return page


def line(page: Page) -> Locator:
    """Return the line into which messages and commands are typed."""
    return page.get_by_role("combobox", name="Message, or / for commands")


def last(page: Page) -> Locator:
    """Return the newest message."""
    return page.locator(".message").last


async def begin_command(page: Page, text: str) -> None:
    """Type a command with its options, and open its form."""
    await line(page).fill(text)
    await line(page).press("Enter")
    await expect(page.locator("form.command")).to_be_visible()


async def run_command(page: Page, text: str) -> None:
    """Type a command with its options, look it over, and send it."""
    await begin_command(page, text)
    await page.keyboard.press("Enter")
    await expect(page.locator("form.command")).to_have_count(0)
