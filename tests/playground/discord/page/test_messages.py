"""Messages: every component, edits in place, pictures, spoilers."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.playground.discord.conftest import People
from tests.playground.discord.page.browser import last, needs_browser, run_command
from tests.playground.discord.sample_bot import SampleBot
from tests.playground.discord.sample_layouts import gallery_view

pytestmark = needs_browser

FROM_THE_END_PX = """() => {
  const one = document.querySelector("#messages");
  return one.scrollHeight - one.scrollTop - one.clientHeight;
}"""


SCROLL_UP = """one => new Promise((done) => {
  one.addEventListener("scroll", done, { once: true });
  one.scrollTop = 0;
})"""


async def test_every_component_is_shown(page: Page) -> None:
    await run_command(page, "/layout")
    message = last(page)
    box = message.locator(".container").first
    await expect(box.locator("h3")).to_have_text("Heading")
    for tag, words in MARKDOWN.items():
        await expect(box.locator(tag).first).to_have_text(words)
    await expect(box.get_by_role("link", name="masked")).to_have_attribute("href", "https://example.org/a")
    await expect(box.locator(".mention")).to_have_text(["@Ada", "#portraits"])
    await expect(box.locator(".moment")).to_have_text("November 14, 2023")
    await expect(box.locator(".separator.wide")).to_have_count(1)
    await expect(box.locator(".thumbnail img")).to_have_attribute("alt", "a thumb")
    await expect(box.get_by_role("button", name="Accessory")).to_be_enabled()
    await expect(box.get_by_role("button", name="Off")).to_be_disabled()
    await expect(box.get_by_role("link", name="Link")).to_have_attribute("href", "https://example.org/")
    await expect(box.locator(".file")).to_contain_text("note.txt")
    assert await box.evaluate("one => one.style.getPropertyValue('--accent-line')") == "#b5651d"


MARKDOWN = {
    "h4": "Smaller",
    "strong": "bold",
    "em": "italic",
    "u": "under",
    "s": "gone",
    "code": "code",
    "p.small": "subtext",
    "ul li": "one",
    "ul.in-1 li": "inner",
    "ol li": "first",
    "blockquote": "quoted",
    "pre": "a = 1",
}


async def test_spoilers_hide_until_they_are_pressed(page: Page) -> None:
    await run_command(page, "/layout")
    words = last(page).locator(".spoiler")
    assert await words.evaluate(COLOUR) == "rgba(0, 0, 0, 0)"
    await words.press("Enter")
    assert await words.evaluate(COLOUR) != "rgba(0, 0, 0, 0)"
    picture = last(page).locator(".gallery .picture")
    await picture.get_by_role("button", name="Spoiler").click()
    await expect(picture.get_by_role("button", name="Spoiler")).to_have_count(0)
    await expect(page.locator("#viewer")).to_be_hidden()


COLOUR = "one => getComputedStyle(one).color"


async def test_selects_send_what_is_chosen_within_their_limits(page: Page) -> None:
    await run_command(page, "/layout")
    shown = last(page)
    await shown.get_by_role("button", name="Choose styles").click()
    await expect(page.get_by_role("option")).to_have_count(3)
    await expect(page.get_by_role("option").first).to_contain_text("slow to dry")
    for name in ("Oil", "Ink", "Chalk"):  # the third is one too many
        await page.get_by_role("option", name=name).click()
    await expect(page.locator(".select-about")).to_have_text("2 chosen, 1 to 2 wanted")
    await page.get_by_role("button", name="Done").click()
    await expect(last(page)).to_contain_text("chose ['ink', 'oil']")
    await page.get_by_role("button", name="Choose a member").press("Enter")
    await page.keyboard.type("ben")
    await page.keyboard.press("Enter")
    await expect(last(page)).to_contain_text("chose ben")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Choose a role", ["everyone"]), ("Choose a channel", ["portraits", "gallery", "lounge"])],
    ids=["roles", "channels"],
)
async def test_selects_of_the_world_list_it(page: Page, name: str, expected: list[str]) -> None:
    await run_command(page, "/layout")
    await last(page).get_by_role("button", name=name).click()
    for one in expected:
        await expect(page.get_by_role("option", name=one)).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name=name)).to_be_focused()


@pytest.mark.parametrize(
    ("count", "widths"), [(1, [6]), (2, [3, 3]), (3, [4, 2, 2]), (4, [3] * 4), (5, [3, 3, 2, 2, 2])]
)
async def test_gallery_is_laid_out_by_its_number_of_pictures(
    page: Page, count: int, widths: list[int]
) -> None:
    await run_command(page, f"/gallery count:{count}")
    pictures = last(page).locator(".gallery .picture")
    await expect(pictures).to_have_count(count)
    boxes = [await one.bounding_box() for one in await pictures.all()]
    whole = await last(page).locator(".gallery").bounding_box()
    assert whole is not None
    shares = [round(6 * box["width"] / whole["width"]) for box in boxes if box is not None]
    assert shares == widths


async def test_edit_keeps_pictures_focus_and_an_open_list(page: Page, bot: SampleBot) -> None:
    await run_command(page, "/gallery count:2")
    await expect(last(page).locator("img")).to_have_count(2)
    await last(page).locator("img").first.evaluate("one => { window.kept = one; }")
    await last(page).get_by_role("button", name="Choose styles").click()
    await page.get_by_role("option", name="Ink").click()
    await bot.waiting[0].edit_original_response(view=gallery_view(2, "half done"))
    await expect(last(page)).to_contain_text("half done")
    await expect(last(page)).to_contain_text("(edited)")
    assert await page.evaluate("window.kept.isConnected")
    await expect(page.get_by_role("option", name="Ink")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await expect(last(page)).to_contain_text("chose ['ink']")


async def test_picture_opens_large_and_the_arrow_keys_turn_to_the_next(page: Page) -> None:
    await run_command(page, "/gallery count:3")
    first = page.get_by_role("button", name="Open picture: number 0")
    await first.press("Enter")
    viewer = page.locator("#viewer")
    await expect(viewer.locator(".caption")).to_have_text("number 0")
    await expect(viewer).to_contain_text("640 × 480")
    await page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("2 of 3")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await expect(viewer.locator(".caption")).to_have_text("number 2")
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await expect(first).to_be_focused()


async def test_embeds_attachments_and_mentions_of_the_old_kind_are_shown(page: Page) -> None:
    await run_command(page, "/legacy")
    message = last(page)
    await expect(message.locator(".embed-title")).to_have_text("An embed")
    await expect(message.locator(".embed-field")).to_have_text("fieldvalue")
    await expect(message.locator(".embed")).to_contain_text("the foot")
    await expect(message.locator(".gallery img")).to_have_count(1)
    await expect(message.locator(".mention")).to_have_text(["/legacy", "@Ada"])
    assert "mentioned" in (await message.get_attribute("class") or "")


async def test_answer_to_a_button_says_to_what_it_replies(page: Page) -> None:
    await run_command(page, "/layout")
    await last(page).get_by_role("button", name="Primary").click()
    await expect(last(page)).to_contain_text("pressed Primary")
    await expect(last(page).locator(".origin")).to_contain_text("Heading")
    await last(page).locator(".origin-words").click()
    await expect(page.locator(".message").first).to_be_focused()


async def test_deferred_answer_thinks_until_it_is_there(page: Page, bot: SampleBot) -> None:
    await run_command(page, "/keep")
    await expect(last(page)).to_contain_text("Limner is thinking…")
    await bot.waiting[0].edit_original_response(content="thought")
    await expect(last(page)).to_contain_text("thought")
    await expect(last(page).locator(".thinking")).to_have_count(0)


async def test_silence_of_the_bot_is_told(page: Page) -> None:
    await run_command(page, "/sleep")
    await expect(page.locator("#notice")).to_have_text("The application did not respond.")


async def test_list_stays_at_its_end_when_pictures_come_late(page: Page, people: People) -> None:
    held: list[Route] = []
    is_over = False

    async def hold(route: Route) -> None:
        if is_over:
            await route.continue_()
        else:
            held.append(route)

    await page.route("**/attachments/**", hold)
    for number in range(3):
        await people.slash("legacy", wait=5)
        await expect(page.locator(".message")).to_have_count(number + 1)
    await expect(last(page).locator("img")).to_have_count(1)
    is_over = True  # what is asked for only now is not held any more
    for route in held:
        await route.continue_()
    await page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
    # The list follows when the pictures are laid out, which is a moment after they are decoded.
    await page.wait_for_function(f"({FROM_THE_END_PX})() <= 1")


async def test_reader_of_older_messages_is_not_moved_and_is_told_of_news(page: Page, people: People) -> None:
    for number in range(40):
        await people.post("say", user="ben", channel="portraits", content=f"line {number}")
    await expect(last(page)).to_contain_text("line 39")
    await page.locator("#messages").evaluate(SCROLL_UP)
    await people.post("say", user="ben", channel="portraits", content="news")
    await page.get_by_role("button", name="New messages").click()
    assert await page.evaluate(FROM_THE_END_PX) <= 1
    await expect(page.get_by_role("button", name="New messages")).to_be_hidden()
