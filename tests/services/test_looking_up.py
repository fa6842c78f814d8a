"""Lists of somebody's own pictures: what is in them, in which order, page by page, and what no typed text can do."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import recipes
from db.pictures import listings
from db.pictures.listings import Audience, Edge
from db.tables.schema import recipes as recipe_table
from services import history, looking_up
from services.errors import NotAllowedError, NotFoundError, UserError
from services.jobs.courier import PictureResult
from services.jobs.indexing import index_the_rest
from services.looking_up import PAGE, Asked, Listing, Page, check_asked, check_search, first_page, next_page
from services.models import RecipeKind
from services.recipes import recipe_to_json
from tests.services.finished import finish, ordered, painted
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

DAY_MS = 86_400_000
GREEN = "eye color=green; undertones=warm; expression lips=neutral"
BROWN = "eye color=brown; undertones=olive; skin tone=fair; skin features=freckled"


def ids(page: Page) -> list[int]:
    return [each.picture.job_id for each in page.items]


async def found(
    studio: Studio, user_id: int = ADA, audience: Audience | None = None, **asked: object
) -> list[int]:
    """Return the jobs of the pictures that a search finds, as its command asks for them."""
    checked = check_search(studio.context, Asked(**asked))  # type: ignore[arg-type] # by name
    return ids(await first_page(studio.context, user_id, checked, audience))


def _date_back(conn: Connection, code: str, days: int) -> None:
    earlier = recipe_table.c.created_at_ms - days * DAY_MS
    conn.execute(sa.update(recipe_table).where(recipe_table.c.code == code).values(created_at_ms=earlier))


async def many(studio: Studio, count: int, *, private: bool = False) -> list[int]:
    """Return the jobs of so many pictures of Ada's, newest first."""
    pictures: list[PictureResult] = []
    while len(pictures) < count:
        asked = await studio.portrait(caller(private=private), count=min(4, count - len(pictures)))
        pictures += await finish(studio, asked)
    return [picture.job_id for picture in reversed(pictures)]


async def test_lists_ones_own_pictures_newest_first_and_no_job_without_one(studio: Studio) -> None:
    mine = [(await painted(studio)).job_id, (await painted(studio, caller(private=True))).job_id]
    await painted(studio, caller(BEN))
    await studio.portrait()

    page = await first_page(studio.context, ADA, Asked(), None)

    assert ids(page) == mine[::-1]
    assert (page.has_newer, page.has_older) == (False, False)
    assert page.items[0].created_at_ms > 0


async def test_turns_pages_to_the_end_and_back_with_every_picture_once(studio: Studio) -> None:
    everything = await many(studio, 2 * PAGE + 3)
    page = await first_page(studio.context, ADA, Asked(), None)
    seen, sides = [ids(page)], [(page.has_newer, page.has_older)]
    while page.has_older:
        edge = Edge(page.items[-1].recipe_id)
        page = await next_page(studio.context, ADA, page.listing, edge, None)
        seen.append(ids(page))
        sides.append((page.has_newer, page.has_older))
    back = await next_page(
        studio.context, ADA, page.listing, Edge(page.items[0].recipe_id, is_newer=True), None
    )

    assert [job_id for each in seen for job_id in each] == everything
    assert sides == [(False, True), (True, True), (True, False)]
    assert (ids(back), back.has_newer, back.has_older) == (seen[1], True, True)
    first = await next_page(
        studio.context, ADA, back.listing, Edge(back.items[0].recipe_id, is_newer=True), None
    )
    assert (ids(first), first.has_newer) == (seen[0], False)


async def test_a_page_whose_pictures_were_deleted_becomes_the_newest_one(studio: Studio) -> None:
    everything = await many(studio, PAGE + 1)
    page = await first_page(studio.context, ADA, Asked(), None)
    await history.delete_picture(studio.context, ADA, everything[-1])
    edge = Edge(page.items[-1].recipe_id)

    assert ids(await next_page(studio.context, ADA, page.listing, edge, None)) == everything[:PAGE]


async def test_pictures_are_found_behind_many_recipes_that_have_none(studio: Studio) -> None:
    old = [(await painted(studio)).job_id for _ in range(2)]
    for _ in range(3):
        await many(studio, 2 * PAGE, private=True)
    new = (await painted(studio)).job_id
    await studio.portrait(count=4)
    page = await first_page(studio.context, ADA, Asked(), Audience(GUILD))

    assert ids(page) == [new, *old[::-1]]
    assert await found(studio, audience=Audience(GUILD), model="sketch") == [new, *old[::-1]]


async def test_nobody_else_turns_the_pages_of_a_list(studio: Studio) -> None:
    with pytest.raises(NotAllowedError) as caught:
        await next_page(studio.context, BEN, Listing(ADA), Edge(5), None)
    assert caught.value.code == "not_your_list"


async def test_what_was_asked_for_is_remembered_over_pages_and_only_for_its_owner(studio: Studio) -> None:
    await many(studio, PAGE + 2)
    await ordered(studio)
    page = await first_page(studio.context, ADA, Asked(model="sketch"), None)
    edge = Edge(page.items[-1].recipe_id)

    assert page.listing.row_id
    second = await next_page(studio.context, ADA, page.listing, edge, None)
    assert (len(second.items), second.asked) == (2, Asked(model="sketch"))
    with pytest.raises(NotFoundError) as caught:
        await next_page(studio.context, BEN, replace(page.listing, owner_id=BEN), edge, None)
    assert caught.value.code == "no_such_list"


async def test_nothing_is_remembered_of_a_list_of_one_page_or_of_everything(studio: Studio) -> None:
    await many(studio, PAGE + 1)

    assert (await first_page(studio.context, ADA, Asked(), None)).listing == Listing(ADA)
    assert (await first_page(studio.context, ADA, Asked(seed=5), None)).listing == Listing(ADA)


async def test_what_was_asked_for_is_forgotten_after_a_week(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, read = studio.context.database.write, studio.context.database.read
    row_id = await write(listings.keep_search, ADA, {"words": "green"})
    assert await write(listings.forget_old_searches) == 0
    assert await read(listings.read_search, ADA, row_id) == {"words": "green"}
    monkeypatch.setattr(listings, "KEPT_MS", -1)
    assert await write(listings.forget_old_searches) == 1
    assert await read(listings.read_search, ADA, row_id) is None


async def test_others_see_in_an_open_list_only_what_they_could_see_anyhow(studio: Studio) -> None:
    here = await painted(studio)
    await painted(studio, caller(private=True))
    elsewhere = await painted(studio, caller(guild_id=999))
    outside = await painted(studio, caller(guild_id=None))

    async def seen_in(guild_id: int | None) -> list[int]:
        return ids(await first_page(studio.context, ADA, Asked(), Audience(guild_id)))

    assert await seen_in(GUILD) == [here.job_id]
    assert await seen_in(999) == [elsewhere.job_id]
    assert await seen_in(None) == [outside.job_id]
    assert await found(studio, audience=Audience(GUILD), model="sketch") == [here.job_id]


async def test_green_eyes_are_eyes_that_are_green(studio: Studio) -> None:
    green = await painted(studio, features=GREEN)
    await painted(studio, features="eye color=brown; undertones=olive")

    assert await found(studio, words="green eyes") == [green.job_id]
    assert await found(studio, words="GREEN   Eyes!") == [green.job_id]
    assert await found(studio, feature="eye color=green") == [green.job_id]


async def test_words_are_found_by_their_kin_and_by_their_beginning(studio: Studio) -> None:
    freckled = await painted(studio, features=BROWN)
    plain = "eye color=green; skin features=clear; skin texture=smooth"
    await painted(studio, features=f"{plain}; lips texture=dry; undertones=warm; hair color=black")

    for words in ("freckles", "freckled", "freck", "FRECKLE", "brown eyes freckles", "freckles brown"):
        assert await found(studio, words=words) == [freckled.job_id], words


async def test_own_words_are_found_whatever_painted_them(studio: Studio) -> None:
    keeper = await ordered(studio)

    for words in ("lighthouse", "keepers", "a lighthouse keeper", "lightho", "Líghthouse"):
        assert await found(studio, words=words) == [keeper.job_id]
    assert await found(studio, words="lighthouse dragon") == []
    assert await found(studio, words="house") == []


async def test_a_search_finds_nothing_of_other_people(studio: Studio) -> None:
    mine, theirs = await painted(studio, features=GREEN), await painted(studio, caller(BEN), features=GREEN)

    assert await found(studio, words="green eyes") == [mine.job_id]
    assert await found(studio, BEN, words="green eyes") == [theirs.job_id]
    assert await found(studio, 3, words="green eyes") == []


async def test_seeds_models_and_kinds_narrow_it_down(studio: Studio) -> None:
    first = await painted(studio, seed=71, prompt_seed=5)
    second = await painted(studio, seed=72, prompt_seed=71)
    third = await ordered(studio)

    assert await found(studio, seed=71) == [second.job_id, first.job_id]
    assert await found(studio, seed=7) == []
    assert await found(studio, model="scripted/quick") == [third.job_id]
    assert await found(studio, kind=RecipeKind.PORTRAIT) == [second.job_id, first.job_id]
    assert await found(studio, kind=RecipeKind.IMAGINE, model="sketch") == []


async def test_days_are_utc_days_and_both_belong_to_it(studio: Studio) -> None:
    pictures = [await painted(studio) for _ in range(4)]
    for days, picture in zip((5, 3, 2, 0), pictures, strict=True):
        await studio.context.database.write(_date_back, picture.code, days)
    page = await first_page(studio.context, ADA, Asked(), None)
    day = {each.picture.job_id: looking_up.day_of(each.created_at_ms) for each in page.items}
    old, third, second, new = (picture.job_id for picture in pictures)

    assert await found(studio, since=day[third]) == [new, second, third]
    assert await found(studio, until=day[second]) == [second, third, old]
    assert await found(studio, since=day[third], until=day[second]) == [second, third]
    assert await found(studio, since=day[old], until=day[old], model="sketch") == [old]
    assert await found(studio, until="1999-12-31") == []


async def test_a_deleted_picture_is_not_found_any_more_and_its_words_are_gone(studio: Studio) -> None:
    green, kept = await painted(studio, features=GREEN), await painted(studio, features=GREEN)
    await history.delete_picture(studio.context, ADA, green.job_id)

    assert await found(studio, words="green eyes") == [kept.job_id]
    assert await studio.context.database.read(_rows_with_words) == 1


def _rows_with_words(conn: Connection) -> int:
    """Return how many rows the index has for a word of Ada's, past the tables."""
    statement = sa.select(sa.func.count()).select_from(recipe_table)
    if conn.dialect.name == "sqlite":
        words = sa.table("recipe_words", sa.column("recipe_words"))
        matches = words.c.recipe_words.op("MATCH")(f'"{ADA:016x}wgreen"')
        statement = sa.select(sa.func.count()).select_from(words).where(matches)
    return int(conn.execute(statement).scalar_one())


async def test_a_recipe_that_was_painted_otherwise_is_found_by_what_it_is_now(studio: Studio) -> None:
    picture = await painted(studio, features=GREEN, seed=7)
    body = recipe_to_json(replace(picture.recipe, image_seed=8))
    await studio.context.database.write(recipes.update_recipe, picture.code, body)

    assert await found(studio, seed=7) == []
    assert await found(studio, seed=8, words="green eyes") == [picture.job_id]


async def test_recipes_without_terms_get_them_later(studio: Studio) -> None:
    pictures = await finish(studio, await studio.portrait(count=3, features=GREEN))
    await studio.context.database.write(_forget_words)
    assert await found(studio, words="green eyes") == []

    assert await index_the_rest(studio.context.database) == 3
    assert await index_the_rest(studio.context.database) == 0
    assert await found(studio, words="green eyes") == [each.job_id for each in reversed(pictures)]


def _forget_words(conn: Connection) -> None:
    conn.execute(sa.update(recipe_table).values(words=""))


STRANGE = [
    "'", '"', '"green', "green'", "NOT green", "green AND", "OR", "NEAR(green eyes)", "green*", "*", "^green", "-green",
    "words:green", "(green", ")))", "green & !eyes | <->", "'; DROP TABLE recipes; --", "\\", "%", "_", "%_'\";--",
    "\x00green\x00", "🦊", "ÄÖÜß", "猫の目", "\u202egreen", "x" * 500, "a " * 250, "b1 " * 166, "\ud800",
    "".join(f"w{number} " for number in range(110)),
]  # fmt: skip


async def test_no_words_are_taken_for_the_syntax_of_a_query(studio: Studio) -> None:
    for words in STRANGE:
        assert ids(await first_page(studio.context, ADA, Asked(words=words, seed=1), None)) == [], words
    picture = await painted(studio, features=GREEN, seed=1)
    for words in ("'green' eyes", 'green\x00 "eyes"', "(green:* | eyes)", "eyes; green --", "*green* (eyes"):
        assert await found(studio, words=words, seed=1) == [picture.job_id], words


@on_sqlite
@pytest.mark.parametrize("words", ["", "   ", "'\"%_;--", "🦊", "the of and"])
async def test_a_search_for_nothing_says_what_can_be_looked_for(studio: Studio, words: str) -> None:
    with pytest.raises(UserError) as caught:
        check_search(studio.context, Asked(words=words))
    assert caught.value.code == "empty_search"
    assert check_search(studio.context, Asked(words=words, seed=1)).seed == 1


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        (Asked(words="x" * 501), "text_too_long", "words"),
        (Asked(model="nothing-like-it"), "unknown_model", "model"),
        (Asked(feature="wings=white"), "unknown_feature", "features"),
        (Asked(seed=-1), "seed_out_of_range", "seed"),
        (Asked(seed=2**32), "seed_out_of_range", "seed"),
        (Asked(since="yesterday"), "bad_date", "from"),
        (Asked(until="2026-02-30"), "bad_date", "until"),
        (Asked(until="9999-12-31"), "bad_date", "until"),
        (Asked(until="0000-01-01"), "bad_date", "until"),
        (Asked(until="2026-1-1" * 20), "bad_date", "until"),
        (Asked(since="2026-03-01", until="2026-02-28"), "days_swapped", None),
    ],
)
async def test_says_which_option_cannot_be_read(
    studio: Studio, asked: Asked, code: str, field: str | None
) -> None:
    with pytest.raises(UserError) as caught:
        check_asked(studio.context, asked)
    assert (caught.value.code, caught.value.fields.get("field")) == (code, field)


@on_sqlite
async def test_brings_models_and_days_into_one_form(studio: Studio) -> None:
    asked = check_asked(studio.context, Asked(model=" SKETCH ", since=" 1.2.2026 ", until="2026-2-3"))

    assert asked == Asked(model="sketch", since="2026-02-01", until="2026-02-03")
