import pytest

from cogs._ids import Verb
from cogs._pages import (
    delete_view,
    help_view,
    more_view,
    parked_view,
    which_view,
)
from db.pictures.message_removals import Unseen
from services.models import Visibility
from services.parked import ParkedResults
from tests.cogs.samples import INJECTIONS, custom_ids, imagined, picture, text_of
from tests.cogs.test_text import LIVE

MANY = tuple(picture(n) for n in range(1, 11))


async def test_help_fits_and_names_every_command() -> None:
    text = text_of(help_view())
    assert len(text) <= 4000
    for command in ("/portrait", "/pair", "/imagine", "/show", "/models", "/cancel"):
        assert command in text


async def test_which_one_offers_every_picture() -> None:
    view = which_view(Verb.NEW, MANY[:4], Visibility.PRIVATE)
    assert custom_ids(view) == ["v1:pick:new:private"]
    [select] = [item for item in view.walk_children() if getattr(item, "options", None)]
    assert [option.value for option in select.options] == ["1", "2", "3", "4"]  # type: ignore[attr-defined] # the select


async def test_only_the_owner_is_offered_to_delete() -> None:
    assert "v1:job:delete:1" not in custom_ids(more_view(MANY[0], is_owner=False))
    assert "v1:job:delete:1" in custom_ids(more_view(MANY[0], is_owner=True))


async def test_deleting_asks_once() -> None:
    assert custom_ids(delete_view(MANY[:1])) == ["v1:job:confirmdelete:1", "v1:job:keep:1"]


async def test_deleting_one_of_several_asks_which() -> None:
    assert custom_ids(delete_view(MANY[:2])) == ["v1:pick:confirmdelete:private", "v1:job:keep:1"]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_prompt_stays_inert(text: str) -> None:
    said = text_of(more_view(picture(1, imagined(text)), is_owner=True))
    assert not LIVE.search(said[said.index("“") + 1 : said.index("”")])


async def test_a_long_prompt_fits() -> None:
    assert len(text_of(more_view(picture(1, imagined("*" * 5000)), is_owner=True))) <= 4000


async def test_names_every_parked_picture() -> None:
    text = text_of(parked_view(ParkedResults(tuple(MANY), 0, frozenset())))
    assert all(f"/show {one.code}" in text for one in MANY)


@pytest.mark.parametrize(
    ("language", "direct", "group"),
    [("en", "our direct messages", "the group"), ("de", "unseren Direktnachrichten", "der Gruppe")],
)
async def test_each_place_is_named_once_where_messages_may_show_deleted_pictures(
    language: str, direct: str, group: str
) -> None:
    places = ((1, "channel", 5, 9), (2, "channel", 5, 9), (3, "direct", 5, 9), (4, "channel", 6, None))
    unseen = tuple(Unseen(*place) for place in places)
    text = text_of(parked_view(ParkedResults((), 0, frozenset(), unseen=unseen), language=language))
    assert text.count("<#5>") == 1
    assert text.count(direct) == 1
    # The name of a channel outside of servers opens nothing.
    assert (text.count(group), text.count("<#6>")) == (1, 0)
    assert text.count("⋯") == 3
