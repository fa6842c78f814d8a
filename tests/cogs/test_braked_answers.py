"""What people hear, and the log, while Discord wants the bot to be quiet."""

import logging

import discord
import pytest

from cogs._brake import Stop, brake_of
from cogs._reports import describe_error
from tests.cogs.house import House, button
from tests.services.jobs.test_clearing import left
from tests.waiting import until

LONG_S = 600.0


def stops(house: House) -> tuple[Stop, Stop]:
    """Return what holds up requests with the bot's token, and those of interactions."""
    brake = brake_of(house.bot)
    assert brake is not None
    return brake._bot, brake._hooks


def mistakes(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]


async def test_a_command_whose_answer_is_held_back_is_no_bug(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    stops(house)[1].shut(object(), LONG_S, "asks for it")
    await house.first_answer("queue")
    await until(lambda: "could not be shown" in caplog.text or bool(mistakes(caplog)))
    assert "discord_quiet at queue" in caplog.text
    assert mistakes(caplog) == []


async def test_a_reaction_that_cannot_be_answered_is_no_bug(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    message = (await house.slash("portrait"))["message"]
    await house.until_remembered(message)
    stops(house)[0].shut(object(), LONG_S, "asks for it")
    await house.act("react", user="ben", message_id=message["id"], emoji="✉️")
    await until(lambda: "could not answer a reaction" in caplog.text or bool(mistakes(caplog)))
    assert mistakes(caplog) == []


async def test_a_picture_whose_message_cannot_be_changed_now_is_deleted_and_its_message_goes_later(
    house: House,
) -> None:
    message = (await house.slash("portrait"))["message"]
    await house.until_remembered(message)
    more = (await house.click(message, button(message, "more")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    stops(house)[0].shut(object(), LONG_S, "asks for it")
    await house.told(question, button(question, "confirmdelete"), "Deleted")
    assert await left(house.studio) != []


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Discord holds back what I say"), ("de", "Discord hält gerade zurück, was ich sage")],
)
def test_what_was_held_back_is_explained_where_anything_can_still_be_said(
    language: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = describe_error(discord.RateLimited(120.0), "show", language)
    assert text is not None
    assert text.startswith(says)
    assert "2 min" in text
    assert mistakes(caplog) == []
