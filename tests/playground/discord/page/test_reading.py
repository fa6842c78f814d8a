"""Reading: history, what the eye must not lose, other scripts, pictures that do not come."""

from playwright.async_api import Page, Route, expect

from tests.playground.discord.conftest import People
from tests.playground.discord.page.browser import last, needs_browser, run_command
from tests.playground.discord.sample_layouts import png

pytestmark = needs_browser

SCROLL_TO = """(one, top) => new Promise((done) => {
  one.addEventListener("scroll", done, { once: true });
  one.scrollTop = top;
})"""
FIRST_IN_SIGHT = """() => {
  const top = document.querySelector("#messages").getBoundingClientRect().top;
  const row = [...document.querySelectorAll(".message")].find((one) => one.getBoundingClientRect().bottom > top);
  return [row.dataset.id, Math.round(row.getBoundingClientRect().top)];
}"""


async def _say(people: People, content: str, user: str = "ben") -> None:
    await people.post("say", user=user, channel="portraits", content=content)


async def test_older_messages_come_when_one_scrolls_up_and_nothing_jumps(page: Page, people: People) -> None:
    for number in range(130):
        await _say(people, f"line {number}")
    await expect(last(page)).to_contain_text("line 129")
    await page.reload()
    await expect(page.locator(".message")).to_have_count(100)
    before = None

    async def look_and_go_on(route: Route) -> None:
        nonlocal before
        before = await page.evaluate(FIRST_IN_SIGHT)
        await route.continue_()

    await page.route("**/play/messages?*limit=200*", look_and_go_on)
    await page.locator("#messages").evaluate(SCROLL_TO, 150)
    await expect(page.locator(".message")).to_have_count(130)
    assert await page.evaluate(FIRST_IN_SIGHT) == before


async def test_tools_of_a_message_taller_than_the_screen_stay_in_sight(page: Page, people: People) -> None:
    await _say(people, "\n".join(f"line {number}" for number in range(100)))
    await expect(last(page)).to_contain_text("line 99")
    await last(page).get_by_text("line 99").hover()
    tool = last(page).get_by_role("button", name="Add reaction")
    await tool.click()  # Playwright would scroll to a button out of sight, and the list would leave its end
    await expect(page.get_by_role("dialog", name="Emoji")).to_be_visible()
    top, head = await tool.bounding_box(), await page.locator(".main-head").bounding_box()
    assert top is not None
    assert head is not None
    assert top["y"] >= head["y"] + head["height"]
    assert await page.locator("#messages").evaluate("one => one.scrollTop") > 0


async def test_right_to_left_words_begin_at_the_right(page: Page, people: People) -> None:
    await _say(people, "שלום עולם")
    words = last(page).locator(".text p")
    await expect(words).to_be_visible()
    end, edge = await words.evaluate(
        """one => {
      const words = document.createRange();
      words.selectNodeContents(one);
      return [words.getBoundingClientRect().right, one.getBoundingClientRect().right];
    }"""
    )
    assert abs(end - edge) < 1


async def test_quotation_to_the_end_and_links_that_are_none(page: Page, people: People) -> None:
    await _say(people, "before\n>>> quoted\n# still quoted\n[x](javascript:alert(1))")
    await expect(last(page).locator("blockquote")).to_have_text(
        "quoted\n# still quoted\n[x](javascript:alert(1))"
    )
    await expect(last(page).locator("a")).to_have_count(0)


async def test_line_above_a_reply_has_the_words_without_their_marks(page: Page) -> None:
    await run_command(page, "/layout")
    await last(page).get_by_role("button", name="Primary").click()
    words = last(page).locator(".origin-words")
    await expect(words).to_contain_text("Heading Smaller bold italic under gone code")
    await expect(words).to_contain_text("subtext one two inner first quoted masked")
    await expect(words).to_contain_text("@Ada #portraits")


async def test_picture_that_does_not_come_says_so_and_comes_when_pressed(
    page: Page, troubles: list[str]
) -> None:
    await page.route("**/attachments/**", lambda route: route.abort())
    await run_command(page, "/gallery count:1")
    picture = last(page).locator(".picture")
    await expect(picture).to_have_attribute("data-state", "error")
    await page.unroute("**/attachments/**")
    await page.route("**/attachments/**", lambda route: route.fulfill(body=png(640, 480)))
    await picture.get_by_role("button").click()
    await expect(picture).to_have_attribute("data-state", "load")
    await expect(page.locator("#viewer")).to_be_hidden()
    await picture.get_by_role("button").click()
    await expect(page.locator("#viewer")).to_contain_text("640 × 480")
    assert len(troubles) == 1
    troubles.clear()  # the browser's own line about the picture
