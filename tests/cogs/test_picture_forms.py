"""Saving who a picture shows: under "More", in a message's menu, and by a heart."""

import base64
from dataclasses import replace

import pytest

from cogs._pending_pictures import LIVES_S, PendingPictures
from services.addresses import origins_of
from services.asks import Brought
from services.errors import UserError
from tests.cogs.house import House, Json, button, ids, said
from tests.services.brought import photo

GIRL = "A young girl with short red hair"


async def fill_in(house: House, opened: Json, *, user: str = "ada", **fields: object) -> str:
    """Submit the form that an answer carried and return what is said then."""
    answer = await house.act(
        "submit?wait=done", user=user, interaction_id=opened["interaction_id"], fields=fields
    )
    message = answer["messages"][-1] if answer["messages"] else answer["message"]
    return said(message)


def inputs(opened: Json) -> dict[str, Json]:
    """Return the inputs of an opened form by their ids."""
    assert opened["modal"] is not None, opened
    return {each["component"]["custom_id"]: each["component"] for each in opened["modal"]["components"]}


async def menu(house: House, name: str, message: Json, *, user: str = "ada") -> Json:
    body = {
        "user": user,
        "channel": "portraits",
        "name": name,
        "type": "message",
        "message_id": message["id"],
    }
    answer: Json = await house.act("context", **body)
    return answer


async def test_more_opens_a_form_filled_with_what_the_picture_shows(house: House) -> None:
    message = (await house.slash("portrait", features="eye color=green"))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    opened = await house.act("click", user="ada", message_id=more["id"], custom_id=button(more, "save"))
    found = inputs(opened)
    assert list(found) == ["name", "description", "features"]
    assert "eye color=green" in found["features"]["value"]
    assert "green eyes" in found["description"]["value"]

    features = found["features"]["value"]
    text = await fill_in(house, opened, name="Mira", description=GIRL, features=features)
    assert "**Mira** is kept as" in text
    assert "Picture 0 is its default reference." in text

    second = (await house.slash("portrait"))["message"]
    more = (await house.click(second, button(second, "more")))["message"]
    opened = await house.act("click", user="ada", message_id=more["id"], custom_id=button(more, "refer"))
    (character_id,) = [each["value"] for each in inputs(opened)["character"]["options"]]
    assert "Picture 1 of **Mira**" in await fill_in(house, opened, character=[character_id])


async def test_without_a_character_there_is_none_to_take_a_reference(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    refused = await menu(house, "Use as reference", message)
    assert "no character yet" in said(refused["message"])


async def test_the_menu_of_somebody_elses_result_asks_for_an_agreement(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    opened = await menu(house, "Save as character", message, user="ben")
    assert "agreed" in inputs(opened)
    refused = await fill_in(house, opened, user="ben", name="Mira", description=GIRL, agreed=False)
    assert "agreed" in refused
    opened = await menu(house, "Save as character", message, user="ben")
    text = await fill_in(house, opened, user="ben", name="Mira", description=GIRL, agreed=True)
    assert "**Mira** is kept as" in text


async def test_of_several_pictures_the_form_asks_which_one(house: House) -> None:
    message = (await house.slash("portrait", count=2))["message"]
    opened = await menu(house, "Save as character", message)
    options = inputs(opened)["picture"]["options"]
    assert len(options) == 2
    text = await fill_in(house, opened, name="Mira", description=GIRL, picture=[options[1]["value"]])
    assert "**Mira** is kept as" in text


def at_home(house: House) -> None:
    """Let the bot fetch what is attached at the local Discord."""
    hosts = origins_of([house.local.announcement()["base"]])
    house.studio.context = house.bot.context = replace(house.studio.context, discord_hosts=hosts)


async def test_a_picture_that_anybody_has_attached_is_taken_once_it_is_agreed_to(house: House) -> None:
    at_home(house)
    files = {"file": {"filename": "a.jpg", "base64": base64.b64encode(photo()).decode()}}
    said_by_ben = await house.act("say", user="ben", channel="portraits", content="look", files=files)
    message = said_by_ben.get("message", said_by_ben)
    opened = await menu(house, "Save as character", message)
    assert "**Mira** is kept as" in await fill_in(house, opened, name="Mira", description=GIRL, agreed=True)

    opened = await menu(house, "Use as reference", message)
    (character_id,) = [each["value"] for each in inputs(opened)["character"]["options"]]
    text = await fill_in(house, opened, character=[character_id], agreed=True)
    assert "picture 0 of **Mira** already" in text


async def test_a_message_without_a_picture_says_so(house: House) -> None:
    spoken = await house.act("say", user="ben", channel="portraits", content="hello")
    refused = await menu(house, "Save as character", spoken.get("message", spoken))
    assert "no picture in that message" in said(refused["message"])


async def test_a_form_about_an_attachment_is_out_of_date_after_a_restart(house: House) -> None:
    at_home(house)
    files = {"file": {"filename": "a.jpg", "base64": base64.b64encode(photo()).decode()}}
    spoken = await house.act("say", user="ben", channel="portraits", content="look", files=files)
    opened = await menu(house, "Save as character", spoken.get("message", spoken))
    house.bot.pending_pictures = PendingPictures()
    text = await fill_in(house, opened, name="Mira", description=GIRL, agreed=True)
    assert "out of date" in text


async def test_a_heart_offers_to_name_who_it_is_to_whoever_reacted_alone(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    await house.act("react", user="ben", message_id=message["id"], emoji="❤️")
    note = (await house.until_messages(2))[-1]
    (name_it,) = ids(note)
    assert "save this as a character?" in said(note)
    refused = await house.act("click", user="ada", message_id=note["id"], custom_id=name_it)
    assert "for whoever reacted" in said(refused["message"])

    opened = await house.act("click", user="ben", message_id=note["id"], custom_id=name_it)
    text = await fill_in(house, opened, user="ben", name="Mira", description=GIRL, agreed=True)
    assert "**Mira** is kept as" in text


def test_what_somebody_pointed_at_is_known_to_them_for_a_quarter_of_an_hour() -> None:
    now_s = [0.0]
    pending = PendingPictures(lambda: now_s[0])
    brought = (Brought("https://cdn.discordapp.com/x", is_attachment=True),)
    number = pending.keep(1, brought)
    assert pending.find(1, number) == brought
    for user_id, unknown in ((2, number), (1, number + 1)):
        with pytest.raises(UserError, match="no pictures"):
            pending.find(user_id, unknown)
    now_s[0] = LIVES_S + 1
    with pytest.raises(UserError, match="no pictures"):
        pending.find(1, number)


def test_only_the_last_thousand_are_remembered() -> None:
    pending = PendingPictures()
    first = pending.keep(1, ())
    for _ in range(1_000):
        last = pending.keep(1, ())
    assert pending.find(1, last) == ()
    with pytest.raises(UserError, match="no pictures"):
        pending.find(1, first)
