"""Typing: messages, commands, their options, and what is refused in place."""

from pathlib import Path

import discord
from playwright.async_api import Page, Route, expect

from tests.playground.discord.page.browser import begin_command, last, line, needs_browser, run_command
from tests.playground.discord.sample_bot import SampleBot
from tests.playground.discord.sample_layouts import png

pytestmark = needs_browser


async def test_command_typed_by_keyboard_brings_a_picture_and_its_button_answers(page: Page) -> None:
    await page.keyboard.type("/portr")
    await page.keyboard.press("Tab")
    await page.keyboard.type("seed:7")
    await page.keyboard.press("Enter")
    await expect(last(page).locator(".picture img")).to_have_attribute("alt", "a face")
    await expect(last(page).locator(".origin")).to_have_text("AAda used /portrait")
    await page.get_by_role("button", name="Again").click()
    await expect(last(page)).to_contain_text("again 7")
    await expect(last(page)).to_contain_text("Only you can see this")


async def test_empty_channel_offers_the_first_command_and_trying_it_lists_it(page: Page) -> None:
    await expect(page.locator(".hint")).to_contain_text("Type /portrait below")
    await page.get_by_role("button", name="Try /portrait").click()
    await expect(page.get_by_role("option").first).to_contain_text("/portrait")
    await page.keyboard.press("Enter")
    await expect(page.locator(".slash")).to_have_text("/portrait")


async def test_list_of_commands_narrows_while_typing_and_follows_the_arrow_keys(
    page: Page, bot: SampleBot
) -> None:
    await page.keyboard.type("/")
    await expect(page.get_by_role("option")).to_have_count(
        len(bot.tree.get_commands(type=discord.AppCommandType.chat_input))
    )
    await page.keyboard.type("l")
    options = page.get_by_role("option")
    await expect(options.first).to_contain_text("/late")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[role=option][aria-selected=true]")).to_contain_text("/layout")
    await page.keyboard.type("ight")
    await expect(options).to_have_count(1)
    await expect(options).to_contain_text("/light set level")
    await page.keyboard.press("Escape")
    await expect(options).to_have_count(0)
    await expect(line(page)).to_have_value("/light")


async def test_options_typed_in_the_line_reach_the_bot_with_their_types(page: Page, tmp_path: Path) -> None:
    face = tmp_path / "face.png"
    face.write_bytes(png(8, 8))
    await begin_command(page, "/options words:hello number:0.5 flag:True who:ben where:lounge choice:red")
    await page.get_by_role("button", name="+ file").click()
    await page.locator("input[type=file]").set_input_files(face)
    await expect(page.locator(".tile")).to_contain_text("face.png")
    await page.get_by_role("button", name="Send").click()
    await expect(last(page)).to_contain_text("hello|0.5|True|['ben', 'lounge']|red|face.png")


async def test_wrong_values_are_told_in_place_and_nothing_is_sent(page: Page) -> None:
    await begin_command(page, "/options number:7 choice:blue")
    await page.get_by_role("textbox", name="number").press("Enter")
    about = page.locator(".about")
    await expect(about).to_contain_text("words is required")
    await expect(about).to_contain_text("number must be 0 to 1")
    await expect(about).to_contain_text("choice must be one of the list")
    await expect(page.locator("[aria-invalid=true]")).to_have_count(3)
    await expect(page.get_by_role("textbox", name="words")).to_be_focused()
    await expect(page.locator(".message")).to_have_count(0)


async def test_refusal_of_the_server_brings_the_filled_form_back(page: Page, troubles: list[str]) -> None:
    await page.route("**/play/slash", lambda route: route.fulfill(status=422, json=REFUSAL))
    await begin_command(page, "/portrait seed:7")
    await page.keyboard.press("Enter")
    await expect(page.locator(".about")).to_contain_text("not today")
    await expect(page.get_by_role("textbox", name="seed")).to_have_value("7")
    await page.unroute("**/play/slash")
    await page.get_by_role("button", name="Send").click()
    await expect(last(page)).to_contain_text("Portrait seed 7")
    assert len(troubles) == 1
    troubles.clear()  # the browser's own line about the status 422


REFUSAL = {"error": {"code": "no", "message": "not today"}}


async def test_words_come_back_into_the_line_when_the_server_does_not_answer(
    page: Page, troubles: list[str]
) -> None:
    await page.route("**/play/say", lambda route: route.abort())
    await page.evaluate(GIVE_FILE, "drop")
    await line(page).fill("good morning")
    await line(page).press("Enter")
    await expect(page.locator("#notice")).to_have_text("The server does not answer.")
    await expect(line(page)).to_have_value("good morning")
    await expect(page.locator(".tile")).to_contain_text("drop.txt")
    await page.unroute("**/play/say")
    await line(page).press("Enter")
    await expect(last(page)).to_contain_text("good morning")
    assert len(troubles) == 1
    troubles.clear()  # the browser's own line about the call


async def test_suggestion_with_an_open_end_is_gone_on_with(page: Page) -> None:
    sent: list[str] = []

    async def suggest(route: Route) -> None:
        sent.append((route.request.post_data_json or {})["value"])
        names = ["ink=", "oil="] if len(sent) == 1 else ["ink=black"]
        await route.fulfill(json={"choices": [{"name": one, "value": one} for one in names]})

    await page.route("**/play/autocomplete", suggest)
    await begin_command(page, "/pick")
    await expect(page.get_by_role("option")).to_have_text(["ink=", "oil="])
    await page.keyboard.press("Enter")
    style = page.get_by_role("combobox", name="style")
    await expect(page.get_by_role("option")).to_have_text(["ink=black"])
    await expect(style).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(style).to_have_value("ink=black")
    await expect(style).not_to_be_focused()
    assert sent == ["", "ink="]


async def test_autocomplete_is_asked_while_typing_and_taken_with_the_keyboard(page: Page) -> None:
    await begin_command(page, "/pick")
    await page.keyboard.type("k")
    options = page.get_by_role("option")
    await expect(options).to_have_text(["ink", "chalk"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("combobox", name="style")).to_have_value("chalk")
    await page.keyboard.type("count:3")
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("3 chalk")


async def test_backspace_takes_an_option_back_and_escape_leaves_the_command(page: Page) -> None:
    await begin_command(page, "/portrait seed:7")
    seed = page.get_by_role("textbox", name="seed")
    await seed.fill("")
    await seed.press("Backspace")
    await expect(seed).to_have_count(0)
    await expect(page.get_by_role("button", name="+ seed")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(line(page)).to_be_focused()


async def test_arrow_up_brings_back_what_was_sent_even_after_a_reload(page: Page) -> None:
    await page.keyboard.type("good morning")
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("good morning")
    await run_command(page, "/portrait seed:7")
    await expect(last(page).locator("img")).to_be_visible()
    await page.reload()
    await expect(last(page).locator("img")).to_be_visible()  # with the messages come the commands
    await line(page).press("ArrowUp")
    await expect(line(page)).to_have_value("/portrait seed:7")
    await page.keyboard.press("ArrowUp")
    await expect(line(page)).to_have_value("good morning")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="seed")).to_have_value("7")


async def test_dropped_and_pasted_files_are_shown_and_sent(page: Page) -> None:
    await page.evaluate(GIVE_FILE, "drop")
    await page.evaluate(GIVE_FILE, "paste")
    await expect(page.locator(".tile")).to_have_count(2)
    await page.get_by_role("button", name="Remove drop.txt").click()
    await page.get_by_role("button", name="Send").click()
    await expect(last(page).locator(".file")).to_have_text("▤paste.txt1 KB↓")


GIVE_FILE = """(kind) => {
  const files = new DataTransfer();
  files.items.add(new File(["words"], `${kind}.txt`, { type: "text/plain" }));
  const target = document.querySelector("#composer form");
  const event = kind === "drop"
    ? new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
}"""
