"""Buttons, forms and reactions on results."""

import json

import pytest

from services.images.metadata import Stamp, read_stamp
from services.models import Recipe
from tests.e2e.play import Json, Play, Refused, answer_of, custom_id, custom_ids, gallery, parts, text_of
from tests.e2e.service import Limner

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def stamp_of(play: Play, message: Json) -> Stamp:
    stamp = read_stamp(await play.picture(message))
    assert stamp is not None
    return stamp


async def recipe_of(play: Play, message: Json) -> Recipe:
    recipe = (await stamp_of(play, message)).recipe
    assert recipe is not None
    return recipe


async def portrait(play: Play, user: str = "ada", **options: object) -> Json:
    return answer_of(await play.type(user, "portrait", options))


async def test_same_seed_paints_the_same_recipe_and_names_its_parent(play: Play) -> None:
    first = await portrait(play)
    again = answer_of(await play.press("ben", first, "same"))
    before, after = await recipe_of(play, first), await recipe_of(play, again)

    assert (after.image_seed, after.prompt_seed, after.features) == (
        before.image_seed,
        before.prompt_seed,
        before.features,
    )
    assert after.parent == (await stamp_of(play, first)).code


async def test_new_seed_paints_the_same_face_with_another_image_seed(play: Play) -> None:
    first = await portrait(play)
    again = answer_of(await play.press("ada", first, "new"))
    before, after = await recipe_of(play, first), await recipe_of(play, again)

    assert after.features == before.features
    assert after.image_seed != before.image_seed


async def test_pair_button_sets_the_picture_beside_another_face(play: Play) -> None:
    first = await portrait(play)
    pair = answer_of(await play.press("ada", first, "pair"))

    assert pair["attachments"][0]["width"] > pair["attachments"][0]["height"]


async def test_edit_changes_what_was_changed_in_the_form_and_nothing_else(play: Play) -> None:
    first = await portrait(play, seed=5, prompt_seed=6)
    opened = await play.press("ada", first, "edit")
    assert opened["modal"] is not None
    fields = {part["custom_id"]: part.get("value", "") for part in form_fields(opened["modal"])}
    seed_field = next(name for name, value in fields.items() if value == "5")
    changed = {**fields, seed_field: "77"}
    body = {"user": "ada", "interaction_id": opened["interaction_id"], "fields": changed, "wait": "done"}
    edited = answer_of(await play.call("POST", "submit", body))
    before, after = await recipe_of(play, first), await recipe_of(play, edited)

    assert after.image_seed == 77
    assert (after.features, after.prompt_seed, after.parameters) == (before.features, 6, before.parameters)


def form_fields(modal: Json) -> list[Json]:
    return [
        part
        for part in parts(modal) + [row.get("component", {}) for row in modal["components"]]
        if part.get("type") == 4
    ]


async def test_edit_refuses_a_seed_that_is_none_in_one_private_sentence(play: Play) -> None:
    first = await portrait(play, seed=5, prompt_seed=6)
    opened = await play.press("ada", first, "edit")
    fields = {part["custom_id"]: part.get("value", "") for part in form_fields(opened["modal"])}
    seed_field = next(name for name, value in fields.items() if value == "5")
    body = {
        "user": "ada",
        "interaction_id": opened["interaction_id"],
        "fields": {**fields, seed_field: "abc"},
        "wait": 3,
    }
    result = await play.call("POST", "submit", body)

    assert answer_of(result)["flags"] & 64
    assert "seed" in text_of(answer_of(result)).lower()


async def test_edit_with_every_field_left_empty_paints_the_same_again(play: Play) -> None:
    first = await portrait(play, seed=5, prompt_seed=6)
    opened = await play.press("ada", first, "edit")
    body = {
        "user": "ada",
        "interaction_id": opened["interaction_id"],
        "fields": {},
        "wait": "done",
        "raw": True,
    }
    edited = answer_of(await play.call("POST", "submit", body))
    before, after = await recipe_of(play, first), await recipe_of(play, edited)

    assert (after.features, after.parameters) == (before.features, before.parameters)
    assert (after.image_seed, after.prompt_seed) == (5, 6)


async def test_more_gives_the_recipe_privately(play: Play) -> None:
    first = await portrait(play)
    more = answer_of(await play.press("ben", first, "more"))
    recipe = await play.press("ben", more, "recipe")
    message = answer_of(recipe)
    said = json.loads(await play.picture(message))

    assert more["flags"] & 64
    assert message["flags"] & 64
    assert (await stamp_of(play, first)).code in json.dumps(said) + text_of(message)


async def test_delete_asks_its_owner_once_and_then_removes_message_file_and_history(play: Play) -> None:
    first = await portrait(play)
    code = (await stamp_of(play, first)).code
    more = answer_of(await play.press("ada", first, "more"))
    question = answer_of(await play.press("ada", more, "delete"))
    await play.told("ada", question, "confirmdelete", "Deleted")

    assert first["id"] not in {message["id"] for message in await play.messages("ada")}
    assert not (await play.refusal("ada", "show", {"code": code}))["attachments"]
    assert code not in [choice["value"] for choice in await play.complete("ada", "show", "code", code[:5])]


async def test_nobody_else_can_delete_a_picture(play: Play) -> None:
    first = await portrait(play)
    more = answer_of(await play.press("ben", first, "more"))

    assert custom_ids(more)
    assert [each for each in custom_ids(more) if "delete:" in each] == []
    assert first["id"] in {message["id"] for message in await play.messages("ada")}


async def test_a_button_asks_which_of_several_pictures_is_meant(play: Play) -> None:
    four = await portrait(play, count=3)
    question = answer_of(await play.press("ada", four, "same"))
    select = next(part for part in parts(question) if part["type"] == 3)

    assert question["flags"] & 64
    assert len(select["options"]) == 3
    body = {
        "user": "ada",
        "message_id": question["id"],
        "custom_id": select["custom_id"],
        "values": [select["options"][1]["value"]],
        "wait": "done",
    }
    result = await play.call("POST", "click", body)
    again = await play.new_message("ada", four) if not answer_of(result)["attachments"] else answer_of(result)
    assert len(gallery(again)) == 1


@pytest.mark.parametrize("emoji", ["🔁", "🎲"])
async def test_a_reaction_paints_again_in_the_channel(play: Play, emoji: str) -> None:
    first = await portrait(play)
    await play.react("ben", first, emoji)
    again = await play.new_message("ben", first)
    before, after = await recipe_of(play, first), await recipe_of(play, again)

    assert after.features == before.features
    assert (after.image_seed == before.image_seed) is (emoji == "🔁")


REQUESTS = "SELECT count(*) FROM requests"


async def test_taking_a_reaction_back_and_giving_it_again_is_one_request(play: Play, limner: Limner) -> None:
    first = await portrait(play)
    before = limner.count(REQUESTS)
    await play.react("ben", first, "🔁")
    await play.react("ben", first, "🔁", remove=True)
    await play.react("ben", first, "🔁")
    await play.new_message("ben", first)
    # It is heard after the reactions: whatever they ask for is accepted by then.
    await portrait(play)

    assert limner.count(REQUESTS) == before + 2


async def test_the_envelope_sends_the_recipe_directly(play: Play) -> None:
    first = await portrait(play)
    code = (await stamp_of(play, first)).code
    await play.react("ben", first, "✉️")
    message = await play.until_message(
        "ben", lambda each: code in text_of(each) + str(each["attachments"]), "dm"
    )

    assert message["attachments"]


async def test_the_waste_basket_asks_the_owner_and_then_deletes(play: Play) -> None:
    first = await portrait(play)
    await play.react("ada", first, "🗑️")
    question = await play.new_message("ada", first)

    assert (await play.told("ben", question, "confirmdelete", "not yours"))["flags"] & 64
    assert first["id"] in {message["id"] for message in await play.messages("ada")}
    await play.told("ada", question, "confirmdelete", "Deleted")
    left = {message["id"] for message in await play.messages("ada")}
    assert first["id"] not in left
    assert question["id"] not in left


async def test_the_waste_basket_of_somebody_else_does_nothing(play: Play) -> None:
    first = await portrait(play)
    await play.react("ben", first, "🗑️")
    later = await portrait(play)

    assert [message["id"] for message in await play.messages("ada")][-2:] == [first["id"], later["id"]]


async def test_other_reactions_and_other_messages_are_left_alone(play: Play, limner: Limner) -> None:
    before = limner.count(REQUESTS)
    said = await play.call("POST", "say", {"user": "ada", "channel": "portraits", "content": "hello"})
    message = said.get("message", said)
    await play.react("ben", message, "🔁")
    first = await portrait(play)
    await play.react("ben", first, "👍")
    later = await portrait(play)

    assert limner.count(REQUESTS) == before + 2
    assert [each["id"] for each in await play.messages("ada")][-3:] == [
        message["id"],
        first["id"],
        later["id"],
    ]


async def test_a_forged_custom_id_cannot_be_pressed(play: Play) -> None:
    first = await portrait(play)
    body = {"user": "ada", "message_id": first["id"], "custom_id": "v1:job:same:99999", "wait": "done"}

    with pytest.raises(Refused):
        await play.call("POST", "click", body)
    assert custom_id(first, "same") != "v1:job:same:99999"
