"""Features drawn anew, over the wire of a local Discord: the command, and the form under "More"."""

from cogs._reroll import reroll_form
from services import history
from services.asks import Viewer
from services.features import load_feature_file
from services.models import Face, Visibility
from tests.cogs.house import House, Json, button, connected, parts, said
from tests.cogs.samples import picture, recipe
from tests.services.studio import FEATURE_FILE


def code_of(message: Json) -> str:
    return said(message).split("`")[1]


async def face_of(house: House, message: Json) -> Face:
    viewer = Viewer(int(house.local.world.user("ada").id))
    found = await history.find_picture(house.studio.context, viewer, code_of(message))
    return found.recipe.features


def changed(before: Face, after: Face) -> set[str]:
    return {str(old.key) for old, new in zip(before, after, strict=True) if old.value != new.value}


async def opened_form(house: House, message: Json, user: str = "ada") -> Json:
    more = (await house.click(message, button(message, "more"), user=user))["message"]
    return await house.click(more, button(more, "features"), user=user)


def selects(opened: Json) -> list[Json]:
    return [label["component"] for label in opened["modal"]["components"]]


def option(opened: Json, label: str) -> tuple[str, str]:
    """Return the select and the value of an option."""
    return next(
        (select["custom_id"], one["value"])
        for select in selects(opened)
        for one in select["options"]
        if one["label"] == label
    )


def chosen(opened: Json, *options: tuple[str, str]) -> dict[str, list[str]]:
    """Return the form's fields with these options chosen."""
    return {
        select["custom_id"]: [value for owner, value in options if owner == select["custom_id"]]
        for select in selects(opened)
    }


async def test_the_command_paints_the_face_with_other_hair(house: House) -> None:
    message = (await house.slash("portrait", prompt_seed=5))["message"]
    again = (await house.slash("reroll", code=code_of(message), features="hair color"))["message"]
    assert len(again["attachments"]) == 1
    assert changed(await face_of(house, message), await face_of(house, again)) == {"Hair/Hair Color"}


async def test_the_command_suggests_words_for_several_features_and_each_feature(house: House) -> None:
    async def offered(value: str) -> list[str]:
        body = {"name": "reroll", "option": "features", "value": value, "options": {}}
        answer = await house.act("autocomplete", user="ada", channel="portraits", **body)
        return [one["value"] for one in answer["choices"]]

    assert (await offered("hair"))[0] == "hair"
    assert "nose, hair color" in await offered("nose, hair")
    assert await offered("nose, tail") == []


async def test_an_unknown_feature_is_named_privately(house: House) -> None:
    answer = await house.first_answer("reroll", code="7k2m9xq4", features="tail")
    assert answer["ephemeral"]
    assert "I know no feature “tail”" in said(answer["message"])


async def test_the_form_offers_every_feature_and_paints_what_was_chosen_at_once(house: House) -> None:
    message = (await house.slash("portrait", prompt_seed=5))["message"]
    opened = await opened_form(house, message)
    fields = chosen(opened, option(opened, "nose shape"), option(opened, "hair color"))
    answer = await house.act(
        "submit?wait=done", user="ada", interaction_id=opened["interaction_id"], fields=fields
    )
    before = await face_of(house, message)
    assert not answer["ephemeral"]
    assert sum(len(select["options"]) for select in selects(opened)) == len(before)
    assert changed(before, await face_of(house, answer["message"])) == {"Shape/Nose", "Hair/Hair Color"}


async def test_what_comes_of_a_private_picture_is_private(house: House) -> None:
    message = (await house.slash("portrait", private=True))["message"]
    opened = await opened_form(house, message)
    fields = chosen(opened, option(opened, "nose shape"))
    answer = await house.act(
        "submit?wait=done", user="ada", interaction_id=opened["interaction_id"], fields=fields
    )
    assert answer["ephemeral"]


async def test_a_form_in_which_nothing_was_chosen_is_answered_privately(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    opened = await opened_form(house, message)
    answer = await house.act(
        "submit", user="ada", interaction_id=opened["interaction_id"], fields=chosen(opened)
    )
    assert answer["ephemeral"]
    assert "Name at least one feature" in said(answer["message"])


async def test_the_form_works_after_a_restart(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    opened = await opened_form(house, message)
    fields = chosen(opened, option(opened, "nose shape"))
    await house.bot.close()
    async with connected(house.studio.context, house.local):
        answer = await house.act(
            "submit?wait=done", user="ada", interaction_id=opened["interaction_id"], fields=fields
        )
        assert len(answer["message"]["attachments"]) == 1


async def test_own_words_are_not_offered_to_be_rerolled(house: House) -> None:
    message = (await house.slash("imagine", prompt="green eyes", model="sketch"))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    assert not any(":features:" in part.get("custom_id", "") for part in parts(more))


async def test_the_form_says_what_a_model_without_seeds_does_and_fits_discord(house: House) -> None:
    face = load_feature_file(FEATURE_FILE).draw(1)
    for language in ("en", "de"):
        for seed in (7, None):
            made = picture(10**18 - 1, recipe(features=face, image_seed=seed))
            form = reroll_form(house.studio.context, made, Visibility.PRIVATE, language)
            sent = form.to_dict()
            labels = sent["components"]
            assert len(sent["title"]) <= 45
            assert len(sent["custom_id"]) <= 100
            assert 1 <= len(labels) <= 5
            assert all(len(label["label"]) <= 45 and len(label["description"]) <= 100 for label in labels)
            assert all(len(label["component"]["options"]) <= 25 for label in labels)
            assert ("Seed" in labels[0]["description"] or "seed" in labels[0]["description"]) is (
                seed is None
            )
