"""Modals as dialogs."""

from pathlib import Path

from playwright.async_api import Page, expect

from tests.playground.discord.page.browser import last, line, needs_browser, run_command

pytestmark = needs_browser


async def test_modal_tells_in_place_what_is_missing_and_sends_what_was_entered(page: Page) -> None:
    await run_command(page, "/form")
    modal = page.get_by_role("dialog", name="A form")
    await expect(modal).to_contain_text("Fill in all of it")
    await expect(modal).to_contain_text("at least five letters")
    await page.get_by_role("textbox", name="Words").fill("four")
    await modal.get_by_role("button", name="Submit").click()
    alerts = modal.get_by_role("alert")
    await expect(alerts.filter(has_text="At least 5 characters")).to_have_count(1)
    await expect(alerts.filter(has_text="required")).to_have_count(2)
    await expect(page.get_by_role("textbox", name="Words")).to_be_focused()
    await page.keyboard.type(" more")
    await modal.get_by_role("radio", name="Large").check()
    await modal.get_by_role("checkbox", name="Glass").check()
    await modal.get_by_role("button", name="For whom").press("Enter")
    await page.keyboard.type("mod")
    await page.keyboard.press("Enter")
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal).to_be_hidden()
    await expect(last(page)).to_contain_text("four more|large|['glass']|mod")


async def test_modal_takes_files_and_leaves_markup_as_text(page: Page, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("words")
    await run_command(page, "/ask")
    modal = page.get_by_role("dialog", name="Edit")
    await page.get_by_role("textbox", name="Words").fill("<b>grey</b>")
    await modal.locator("input[type=file]").set_input_files(note)
    await expect(modal.locator(".tile")).to_contain_text("note.txt")
    await page.get_by_role("textbox", name="Words").press("Enter")
    await expect(last(page)).to_contain_text("<b>grey</b>|[]|['note.txt']")


async def test_refusal_of_the_server_is_told_in_the_open_modal(page: Page, troubles: list[str]) -> None:
    refusal = {"error": {"code": "no", "message": "not today"}}
    await page.route("**/play/submit", lambda route: route.fulfill(status=422, json=refusal))
    await run_command(page, "/ask")
    await page.get_by_role("textbox", name="Words").fill("grey")
    await page.get_by_role("button", name="Submit").click()
    await expect(page.locator(".modal-foot .bad")).to_have_text("not today")
    await expect(page.get_by_role("textbox", name="Words")).to_have_value("grey")
    assert len(troubles) == 1
    troubles.clear()  # the browser's own line about the status 422


async def test_escape_closes_the_modal_and_gives_the_focus_back(page: Page) -> None:
    await run_command(page, "/ask")
    await expect(page.get_by_role("dialog", name="Edit")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#modal")).to_be_hidden()
    await expect(line(page)).to_be_focused()
