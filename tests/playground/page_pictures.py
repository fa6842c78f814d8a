"""Takes the pictures of the page in `docs/screenshots`: `python -m tests.playground.page_pictures`.

The bot and its local Discord are started as `make run` starts them, over a folder that is thrown away.
"""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.e2e.play import Play
from tests.e2e.service import running
from tests.playground.discord.page.browser import last, launched, line, open_page, run_command

TARGET = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
OTHERS_AT_WORK = 8


async def _shoot(page: Page, name: str) -> None:
    await page.evaluate("document.fonts.ready")
    await page.evaluate("[...document.images].at(-1).decode()")
    taken = await page.screenshot(animations="disabled")
    await asyncio.to_thread(_save, taken, TARGET / f"playground-{name}.png")


def _save(taken: bytes, path: Path) -> None:
    """Write a picture packed as tightly as PNG allows; the browser takes less trouble."""
    Image.open(io.BytesIO(taken)).convert("RGB").save(path, optimize=True)


async def _keep_busy(play: Play) -> None:
    """Let another member ask for more than can be painted at once."""
    asked = [
        play.type("ben", "portrait", {"count": 4}, channel="lounge", wait=3) for _ in range(OTHERS_AT_WORK)
    ]
    await asyncio.gather(*asked)


async def _pair(page: Page) -> None:
    wire = page.get_by_role("button", name="Frames and requests")
    await wire.click()
    await run_command(page, "/pair differ:hair color prompt_seed:4254192628 seed:7")
    await expect(page.get_by_role("button", name="New seed")).to_be_visible()
    await last(page).focus()
    await page.keyboard.press("e")
    await page.get_by_role("button", name="React with ⭐").click()
    await expect(page.locator(".wire-path", has_text="REACTION_ADD")).to_be_visible()
    await line(page).focus()
    await page.locator("#messages").evaluate("one => one.scrollTo(0, one.scrollHeight)")
    await _shoot(page, "pair")
    await wire.click()


async def _running(page: Page, play: Play) -> None:
    await run_command(page, "/portrait seed:7")
    await expect(page.get_by_role("button", name="New seed")).to_have_count(2)
    await _keep_busy(play)
    await run_command(page, "/portrait seed:8 features:eye color=green")
    await expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    await _shoot(page, "running")
    await expect(page.get_by_role("button", name="New seed")).to_have_count(3, timeout=120_000)


async def _modal(page: Page) -> None:
    await page.get_by_role("button", name="Edit").last.click()
    await expect(page.locator("#modal")).to_be_visible()
    await _shoot(page, "modal")


async def take_pictures(browser: Browser, address: str, play: Play) -> None:
    """Take all four over one running service."""
    desktop = await open_page(browser, address, viewport=DESKTOP, color_scheme="dark")
    await _pair(desktop)
    phone = await open_page(
        browser, address, viewport=PHONE, color_scheme="light", has_touch=True, is_mobile=True
    )
    await expect(phone.locator(".message").last).to_be_visible()
    await _shoot(phone, "phone")
    await _running(desktop, play)
    await _modal(desktop)


async def main() -> None:
    """Start everything, take the pictures, end everything."""
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with (
            running(Path(folder), LIMNER_OPEN_JOBS="1000") as (limner, play),
            async_playwright() as playwright,
        ):
            said = limner.announcement
            async with launched(playwright) as browser:
                await take_pictures(browser, f"{said['base']}/?key={said['key']}", play)


if __name__ == "__main__":
    asyncio.run(main())
