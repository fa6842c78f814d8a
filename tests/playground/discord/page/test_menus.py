"""Reactions and context menus, by mouse and by keyboard."""

from playwright.async_api import Page, expect

from tests.playground.discord.conftest import People
from tests.playground.discord.page.browser import last, needs_browser, run_command
from tests.playground.discord.sample_bot import SampleBot

pytestmark = needs_browser


async def say(page: Page, words: str) -> None:
    await page.keyboard.type(words)
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text(words)


async def test_reaction_is_found_by_search_told_to_the_bot_and_taken_back(page: Page, bot: SampleBot) -> None:
    await say(page, "hello")
    await last(page).hover()
    await last(page).get_by_role("button", name="Add reaction").click()
    await page.keyboard.type("dice")
    await page.keyboard.press("Enter")
    chip = last(page).locator(".reaction")
    await expect(chip).to_have_text("🎲1")
    await expect(chip).to_have_attribute("aria-pressed", "true")
    while not any("🎲" in one for one in bot.heard):
        bot.news.clear()
        await bot.news.wait()
    await chip.click()
    await expect(chip).to_have_count(0)


async def test_title_of_a_reaction_names_who_reacted(page: Page, people: People) -> None:
    await say(page, "hello")
    (message,) = (await people.get("messages?user=ada&channel=portraits"))["messages"]
    for user in ("ada", "ben"):
        await people.post("react", user=user, message_id=message["id"], emoji="⭐")
    chip = last(page).locator(".reaction")
    await expect(chip).to_have_text("⭐2")
    await chip.hover()
    await expect(chip).to_have_attribute("title", "Ada and Ben reacted with ⭐")


async def test_emoji_grid_is_walked_with_the_arrow_keys(page: Page) -> None:
    await say(page, "hello")
    await last(page).focus()
    await page.keyboard.press("e")
    for key in ("ArrowDown", "ArrowRight", "ArrowDown", "ArrowUp", "Enter"):
        await page.keyboard.press(key)
    await expect(last(page).locator(".reaction")).to_have_text("🎲1")


async def test_message_command_runs_from_the_menu_of_a_right_click(page: Page) -> None:
    await say(page, "hello")
    await last(page).locator(".text").click(button="right")
    await expect(page.get_by_role("menuitem", name="Add reaction")).to_be_focused()
    await page.get_by_role("menuitem", name="Restyle image").click()
    await expect(last(page)).to_contain_text("restyle hello")
    await expect(last(page).locator(".origin")).to_have_text("AAda used Restyle image")


async def test_menu_opens_moves_and_closes_by_keyboard(page: Page) -> None:
    await say(page, "hello")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await last(page).focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    message_id = await last(page).get_attribute("data-id")
    await expect(page.locator("#notice")).to_have_text(f"Copied {message_id}")
    assert await page.evaluate("navigator.clipboard.readText()") == message_id
    await last(page).focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("menu")).to_have_count(0)
    await expect(last(page)).to_be_focused()


async def test_user_command_runs_from_a_name_and_from_the_list_of_members(page: Page) -> None:
    await say(page, "hello")
    await last(page).get_by_role("button", name="Ada").click()
    await page.get_by_role("menuitem", name="Inspect member").click()
    await expect(last(page)).to_contain_text("inspected ada")
    await page.get_by_role("button", name="Ben").click(button="right")
    await page.get_by_role("menuitem", name="Inspect member").click()
    await expect(last(page)).to_contain_text("inspected ben")


async def test_mention_from_a_menu_names_the_member(page: Page) -> None:
    await page.get_by_role("button", name="Ben").click(button="right")
    await page.get_by_role("menuitem", name="Mention").click()
    await page.keyboard.press("Enter")
    await expect(last(page).locator(".mention")).to_have_text("@Ben")


async def test_private_answer_is_dismissed(page: Page) -> None:
    await run_command(page, "/whisper")
    await expect(last(page)).to_contain_text("nothing")
    await expect(last(page).get_by_role("button", name="Add reaction")).to_have_count(0)
    await page.get_by_role("button", name="Dismiss message").click()
    await expect(page.locator(".message")).to_have_count(0)
    await expect(page.locator(".hint")).to_be_visible()
