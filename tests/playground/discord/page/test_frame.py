"""What surrounds the messages: channels, members, keys, theme, panel, phone, loss of the server."""

from pathlib import Path

from playwright.async_api import Browser, Page, expect

from playground.discord.app import running
from playground.discord.local import LocalDiscord
from tests.playground.discord.conftest import People
from tests.playground.discord.page.browser import last, line, needs_browser, open_page, run_command
from tests.playground.discord.sample_bot import SampleBot
from tests.ports import free_port

pytestmark = needs_browser


async def test_private_answer_is_seen_by_its_owner_only_and_the_member_survives_a_reload(page: Page) -> None:
    await run_command(page, "/whisper")
    await expect(page.locator(".message.ephemeral")).to_have_count(1)
    await page.get_by_role("button", name="Ben").click()
    await expect(page.locator(".message")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_role("button", name="Ben")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Ada").click()
    await expect(page.locator(".message.ephemeral")).to_have_count(1)


async def test_channel_with_news_is_marked_until_it_is_read_even_after_a_reload(
    page: Page, people: People
) -> None:
    await people.post("say", user="ben", channel="lounge", content="psst")
    lounge = page.get_by_role("button", name="lounge, unread")
    await expect(lounge).to_be_visible()
    await page.reload()
    await lounge.click()
    await expect(last(page)).to_contain_text("psst")
    await page.get_by_role("button", name="portraits").click()
    await expect(page.locator("h1")).to_have_text("#portraits")
    await page.reload()
    await expect(page.get_by_role("button", name="lounge", exact=True)).to_be_visible()
    await expect(lounge).to_have_count(0)


async def test_direct_message_of_the_bot_is_listed_and_opens(page: Page) -> None:
    await run_command(page, "/letter")
    await expect(last(page)).to_contain_text("sent")
    await page.get_by_role("button", name="Limner, unread").click()
    await expect(last(page)).to_contain_text("a letter")


async def test_keys_change_channels_and_are_listed(page: Page) -> None:
    await page.keyboard.press("Alt+ArrowDown")
    await expect(page.locator("h1")).to_have_text("#gallery")
    await page.keyboard.press("Alt+ArrowUp")
    await page.keyboard.press("Alt+ArrowUp")
    await expect(page.locator("h1")).to_have_text("@Limner")
    await page.locator("#theme").focus()
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Previous or next channel")
    await page.keyboard.press("Escape")
    await expect(page.locator("#theme")).to_be_focused()
    await page.keyboard.type("words")
    await expect(line(page)).to_have_value("words")


async def test_arrow_keys_walk_the_messages_and_escape_leads_back(page: Page, people: People) -> None:
    for words in ("one", "two", "three"):
        await people.post("say", user="ben", channel="portraits", content=words)
    rows = page.locator(".message")
    await expect(rows).to_have_count(3)
    await rows.nth(2).focus()
    await page.keyboard.press("ArrowUp")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("Home")
    await expect(rows.nth(0)).to_be_focused()
    await expect(page.locator(".message[tabindex='0']")).to_have_count(1)
    await rows.nth(1).get_by_role("button", name="More").focus()
    await page.keyboard.press("ArrowUp")
    await expect(rows.nth(1)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(line(page)).to_be_focused()


async def test_theme_is_kept(page: Page) -> None:
    await page.locator("#theme").click()
    assert await page.evaluate(SCHEME) == "dark"
    await page.reload()
    await expect(line(page)).to_be_visible()
    assert await page.evaluate(SCHEME) == "dark"


SCHEME = "document.documentElement.style.colorScheme"


async def test_panel_shows_frames_and_requests_with_short_tokens(page: Page) -> None:
    await page.keyboard.press("Control+.")
    panel = page.get_by_role("complementary", name="Frames and requests")
    await run_command(page, "/portrait seed:7")
    patch = panel.locator("summary", has_text="PATCH").first
    await expect(patch).to_contain_text("/messages/@original")
    await expect(patch).to_contain_text("200")
    assert max(len(part) for part in (await patch.inner_text()).split("/")) < 24
    await patch.click()
    await expect(panel.locator("details[open] pre").nth(1)).to_contain_text("**Portrait** seed 7")
    await panel.get_by_role("button", name="Gateway").click()
    await expect(patch).to_be_hidden()
    await expect(panel.locator("summary", has_text="INTERACTION_CREATE").first).to_be_visible()
    await page.reload()
    await expect(panel).to_be_visible()
    await panel.get_by_role("button", name="Close").click()
    await expect(panel).to_be_hidden()


async def test_panel_takes_room_and_covers_nothing_and_shows_few_heartbeats(
    page: Page, people: People, bot: SampleBot
) -> None:
    await page.set_viewport_size({"width": 1024, "height": 768})
    await page.keyboard.press("Control+.")
    edge = await page.locator("#wire").bounding_box()
    assert edge is not None
    for name in ("Keys", "Send"):
        box = await page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= edge["x"]
    for _ in range(3):
        await bot.ws.send_heartbeat({"op": 1, "d": None})
    beats = page.locator(".wire-row[data-beat]")
    await expect(beats.nth(5)).to_be_attached()
    await expect(beats.nth(5)).to_be_hidden()
    await expect(beats.first).to_be_visible()


async def test_focus_stays_on_a_channel_while_news_come(page: Page, people: People) -> None:
    gallery = page.locator(".channel", has_text="gallery")
    await gallery.focus()
    await people.post("say", user="ben", channel="gallery", content="psst")
    await expect(page.get_by_role("button", name="gallery, unread")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("psst")


async def test_phone_has_the_channels_in_a_drawer_and_nothing_is_wider_than_the_screen(
    page: Page, people: People
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await run_command(page, "/layout")
    await expect(last(page).locator(".container")).to_have_count(2)
    side = page.get_by_role("navigation", name="Channels")
    await expect(side).to_be_hidden()
    await page.get_by_role("button", name="Channels and members").click()
    await page.get_by_role("button", name="lounge").click()
    await expect(page.locator("h1")).to_have_text("#lounge")
    await expect(side).to_be_hidden()
    await page.get_by_role("button", name="Channels and members").click()
    await page.keyboard.press("Escape")
    await expect(side).to_be_hidden()
    for selector in ("html", "#messages", "#composer"):
        assert await page.locator(selector).evaluate("one => one.scrollWidth - one.clientWidth") <= 0


async def test_bot_that_goes_offline_is_told(page: Page, bot: SampleBot) -> None:
    await bot.close()
    await expect(page.locator("#banner")).to_contain_text("Limner is offline")
    await expect(page.locator("#bot")).to_have_text("Limner is offline")


async def test_lost_server_is_told_and_the_page_comes_back_by_itself(
    browser: Browser, tmp_path: Path
) -> None:
    local = LocalDiscord(tmp_path / "discord", is_kept=True)
    port = free_port()  # nobody else is given it while nobody listens there
    async with running(local, port):
        about = local.announcement()
        page = await open_page(browser, f"{about['base']}/?key={about['key']}")
        await expect(page.locator("h1")).to_have_text("#portraits")
    await expect(page.locator("#banner.lost")).to_contain_text("The server is gone")
    again = LocalDiscord(tmp_path / "discord", is_kept=True)
    async with running(again, port):
        await expect(page.locator("#banner.lost")).to_have_count(0)
        await line(page).fill("still here")
        await line(page).press("Enter")
        await expect(last(page)).to_contain_text("still here")
        await page.context.close()
