"""Buttons, selects and forms, over the wire of a local Discord."""

import asyncio

import sqlalchemy as sa

from cogs._layout import button as plain_button
from cogs._layout import row, text_view
from db.engine import Connection
from db.tables.schema import message_removals
from services import history
from tests.cogs.house import House, button, connected, ids, said, seed_in


async def test_whoever_presses_is_the_one_who_asks(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    again = (await house.click(message, button(message, "new"), user="ben"))["message"]
    job_id = int(button(again, "same").rpartition(":")[2])
    assert await history.owner_of_job(house.studio.context, job_id) == int(house.local.world.user("ben").id)
    assert seed_in(again) != seed_in(message)


async def test_the_same_seed_gives_the_same_seeds(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    again = (await house.click(message, button(message, "same")))["message"]
    assert seed_in(again) == seed_in(message)
    assert again["id"] != message["id"]


async def test_a_button_under_a_private_result_answers_privately(house: House) -> None:
    message = (await house.slash("portrait", private=True))["message"]
    assert (await house.click(message, button(message, "new")))["ephemeral"]


async def test_several_pictures_ask_which_one(house: House) -> None:
    message = (await house.slash("pair"))["message"]
    question = await house.click(message, button(message, "new"))
    assert question["ephemeral"]
    [select] = ids(question["message"])
    first = int(button(message, "new").rpartition(":")[2])
    chosen = await house.click(question["message"], select, values=[str(first + 1)])
    assert not chosen["ephemeral"]
    assert len(chosen["message"]["attachments"]) == 1


async def test_a_pair_is_made_with_a_picture(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    assert "### A pair" in said((await house.click(message, button(message, "pair")))["message"])


async def test_an_edited_seed_makes_another_picture(house: House) -> None:
    message = (await house.slash("portrait", seed=5))["message"]
    opened = await house.click(message, button(message, "edit"))
    fields = {
        label["component"]["custom_id"]: label["component"].get("value", "")
        for label in opened["modal"]["components"]
    }
    answer = await house.act(
        "submit?wait=done",
        user="ada",
        interaction_id=opened["interaction_id"],
        fields={**fields, "seed": "6"},
    )
    assert "image seed `6`" in said(answer["message"])
    assert seed_in(answer["message"], "prompt seed") == seed_in(message, "prompt seed")


async def test_a_form_with_a_bad_seed_is_answered_privately(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    opened = await house.click(message, button(message, "edit"))
    answer = await house.act(
        "submit", user="ada", interaction_id=opened["interaction_id"], fields={"seed": "abc"}
    )
    assert answer["ephemeral"]
    assert "“abc” is no seed" in said(answer["message"])


async def test_more_hands_over_the_recipe_privately(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    more = await house.click(message, button(message, "more"))
    assert more["ephemeral"]
    recipe = await house.click(more["message"], button(more["message"], "recipe"))
    assert recipe["ephemeral"]
    assert recipe["message"]["attachments"][0]["filename"].endswith(".json")


async def test_only_the_owner_may_delete(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    more = (await house.click(message, button(message, "more"), user="ben"))["message"]
    verbs = [one.split(":")[2] for one in ids(more)]
    assert "recipe" in verbs
    assert "delete" not in verbs


def _is_noted(conn: Connection) -> bool:
    return conn.execute(sa.select(message_removals)).first() is not None


async def test_deleting_asks_once_and_takes_the_message_away(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    assert len(await house.messages(user="ben")) == 1
    await house.told(question, button(question, "confirmdelete"), "Deleted")
    assert await house.messages(user="ben") == []
    assert not await house.studio.context.database.read(_is_noted)
    assert (await house.slash("show", code=said(message).split("`")[1]))["deleted"]


async def test_keeping_changes_nothing(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    await house.click(question, button(question, "keep"))
    assert len(await house.messages(user="ben")) == 1


async def test_a_message_of_several_loses_only_what_was_deleted(house: House) -> None:
    message = (await house.slash("portrait", count=2))["message"]
    question = (await house.click(message, button(message, "more")))["message"]
    [select] = ids(question)
    first = button(message, "more").rpartition(":")[2]
    more = (await house.click(question, select, values=[first]))["message"]
    asked = (await house.click(more, button(more, "delete")))["message"]
    await house.told(asked, button(asked, "confirmdelete"), "Deleted")
    [left] = await house.messages(user="ben")
    assert len(left["attachments"]) == 1
    assert ids(left)[0].startswith("v1:job:")


async def test_a_forged_or_old_button_is_out_of_date(house: House) -> None:
    channel = house.bot.get_partial_messageable(
        int((await house.first_answer("help"))["message"]["channel_id"])
    )
    old = text_view(
        "old", rows=[row(plain_button("Old", "v0:portrait:9"), plain_button("Forged", "v1:job:same:x"))]
    )
    sent = await channel.send(view=old)
    for custom_id in ("v0:portrait:9", "v1:job:same:x"):
        answer = await house.told({"id": str(sent.id)}, custom_id, "out of date")
        assert answer["flags"] & 64


async def test_a_button_about_a_job_that_never_was_is_refused_privately(house: House) -> None:
    channel = house.bot.get_partial_messageable(
        int((await house.first_answer("help"))["message"]["channel_id"])
    )
    rows = [row(*(plain_button(verb, f"v1:job:{verb}:999") for verb in ("same", "edit", "more", "delete")))]
    sent = await channel.send(view=text_view("forged", rows=rows))
    for verb in ("same", "edit", "more", "delete"):
        answer = await house.told({"id": str(sent.id)}, f"v1:job:{verb}:999", "I know no such")
        assert answer["flags"] & 64, verb


async def test_buttons_and_forms_work_after_a_restart(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    opened = await house.click(message, button(message, "edit"))
    await house.bot.close()
    async with connected(house.studio.context, house.local):
        again = await house.click(message, button(message, "same"))
        assert len(again["message"]["attachments"]) == 1
        answer = await house.act(
            "submit?wait=done", user="ada", interaction_id=opened["interaction_id"], fields={"seed": "6"}
        )
        assert "image seed `6`" in said(answer["message"])


async def test_sending_leaves_every_item_registered_and_nothing_in_memory(house: House) -> None:
    store = house.bot._connection._view_store
    before = dict(store._dynamic_items)
    message = (await house.slash("imagine", prompt="a lighthouse", model="scripted/quick"))["message"]
    await house.click(message, button(message, "edit"))
    await house.click(message, button(message, "more"))
    await asyncio.sleep(0)
    assert store._dynamic_items == before
    assert (store._views, store._modals, store._synced_message_views) == ({}, {}, {})


async def test_commands_are_pushed_once_and_not_again(house: House) -> None:
    assert await house.bot.push_commands() is False
    assert await house.bot.push_commands(is_forced=True) is True
