"""axe finds nothing serious, and nothing moves for those who asked for stillness."""

from collections.abc import Awaitable, Callable

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.playground.discord.page.browser import begin_command, last, needs_browser, run_command

pytestmark = needs_browser


async def _empty(page: Page) -> None:
    await expect(page.locator(".hint")).to_be_visible()


async def _commands(page: Page) -> None:
    await page.keyboard.type("/")
    await expect(page.get_by_role("option").first).to_be_visible()


async def _command(page: Page) -> None:
    await begin_command(page, "/options who:ben")
    await page.keyboard.press("Enter")
    await expect(page.locator(".option.wrong")).to_be_visible()


async def _finished(page: Page) -> None:
    await run_command(page, "/layout")
    await run_command(page, "/portrait seed:7")
    await expect(page.locator(".message", has_text="Portrait seed 7").locator("img")).to_be_visible()


async def _modal(page: Page) -> None:
    await run_command(page, "/form")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.get_by_role("alert").first).to_be_visible()


async def _menu(page: Page) -> None:
    await _finished(page)
    await last(page).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menu")).to_be_visible()


async def _select(page: Page) -> None:
    await run_command(page, "/layout")
    await page.get_by_role("button", name="Choose styles").click()
    await expect(page.get_by_role("option").first).to_be_visible()


async def _panel(page: Page) -> None:
    await _finished(page)
    await page.keyboard.press("Control+.")
    await page.locator(".wire summary").first.click()
    await expect(page.locator(".wire pre").first).to_be_visible()


async def _viewer(page: Page) -> None:
    await run_command(page, "/gallery count:2")
    await page.get_by_role("button", name="Open picture").first.click()
    await expect(page.locator("#viewer")).to_be_visible()


async def _phone(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await _finished(page)


SCENES: dict[str, Callable[[Page], Awaitable[None]]] = {
    "empty channel": _empty,
    "list of commands": _commands,
    "command with an error": _command,
    "finished messages": _finished,
    "open modal": _modal,
    "open menu": _menu,
    "open select": _select,
    "side panel": _panel,
    "large picture": _viewer,
    "phone": _phone,
}


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES.keys())
async def test_axe_finds_nothing_serious_in_dark_and_light(
    page: Page, scene: Callable[[Page], Awaitable[None]]
) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await scene(page)
    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found = (await Axe().run(page)).response["violations"]
        bad = [one for one in found if one["impact"] in ("serious", "critical")]
        told = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in bad]
        assert told == [], scheme


async def test_nothing_moves_for_who_asked_for_stillness(page: Page) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await run_command(page, "/keep")
    dot = last(page).locator(".dots i").first
    assert await dot.evaluate("one => getComputedStyle(one).animationName") == "none"
