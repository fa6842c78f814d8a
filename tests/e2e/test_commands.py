"""Each command, as people type it, and what they get."""

import io
import re

import pytest
from PIL import Image

from services.images.metadata import read_stamp
from services.models import Recipe
from services.recipes import compare_recipes
from tests.e2e.play import Json, Play, answer_of, custom_ids, gallery, is_finished, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

CODE = re.compile(r"\b[0-9a-hjkmnp-tv-z]{8}\b")


def codes_of(message: Json) -> list[str]:
    return [found for item in message["attachments"] for found in CODE.findall(item["filename"])]


async def test_portrait_answers_with_a_picture_that_carries_its_recipe(play: Play) -> None:
    message = answer_of(await play.slash("ada", "portrait", seed=7, prompt_seed=5))
    data = await play.picture(message)
    stamp = read_stamp(data)

    assert is_finished(message)
    assert stamp is not None
    assert stamp.recipe is not None
    assert (stamp.recipe.image_seed, stamp.recipe.prompt_seed, stamp.made_by) == (7, 5, "sketch")
    assert stamp.code in text_of(message)
    assert Image.open(io.BytesIO(data)).size == (1024, 1024)


async def test_portrait_says_model_seeds_price_and_what_made_it(play: Play) -> None:
    text = text_of(answer_of(await play.slash("ada", "portrait", seed=7, prompt_seed=5)))

    for words in ("sketch", "image seed `7`", "prompt seed `5`", "free", "drawn by a program"):
        assert words in text


async def test_portrait_describes_its_picture_from_the_drawn_features(play: Play) -> None:
    message = answer_of(
        await play.slash(
            "ada",
            "portrait",
            features="eye color=green; hair color=red; hair length=short; hair texture=straight",
        )
    )
    items = gallery(message)

    assert len(items) == 1
    assert "green" in items[0]["description"]
    assert "red hair" in items[0]["description"]
    assert message["attachments"][0]["description"]


async def test_portrait_gives_the_same_picture_for_the_same_seeds(play: Play) -> None:
    first = answer_of(await play.slash("ada", "portrait", seed=7, prompt_seed=5))
    second = answer_of(await play.slash("ben", "portrait", seed=7, prompt_seed=5))
    pixels = [Image.open(io.BytesIO(await play.picture(message))).tobytes() for message in (first, second)]

    assert pixels[0] == pixels[1]


async def test_portrait_keeps_the_features_of_an_earlier_result_but_those_named(play: Play) -> None:
    first = answer_of(await play.slash("ada", "portrait", prompt_seed=11))
    code = codes_of(first)[0]
    second = answer_of(await play.slash("ada", "portrait", keep=f"{code} minus hair"))
    recipes = [read_stamp(await play.picture(message)) for message in (first, second)]

    assert all(stamp is not None and stamp.recipe is not None for stamp in recipes)
    before, after = (stamp.recipe for stamp in recipes)  # type: ignore[union-attr] # asserted above
    assert before is not None
    assert after is not None
    assert after.parent == code
    differing = {old.key for old, new in zip(before.features, after.features, strict=True) if old != new}
    assert all("Hair" in key.name for key in differing)


async def test_portrait_of_count_four_gives_four_faces_with_their_own_codes(play: Play) -> None:
    message = answer_of(await play.slash("ada", "portrait", count=4))

    assert len(gallery(message)) == 4
    assert len(set(codes_of(message))) == 4


async def test_portrait_in_another_shape_and_format(play: Play) -> None:
    message = answer_of(await play.slash("ada", "portrait", aspect="16:9", options="format=png"))
    image = Image.open(io.BytesIO(await play.picture(message)))

    assert (image.size, image.format) == ((1024, 576), "PNG")


async def test_portrait_by_a_model_that_nobody_pays_for_offers_a_key_and_a_sketch(play: Play) -> None:
    refused = answer_of(await play.slash("ada", "portrait", model="fal/flux-dev"))
    offered = custom_ids(refused)

    assert "costs money" in text_of(refused)
    assert offered[0].startswith("v1:draft:key:")
    body = {"user": "ada", "message_id": refused["id"], "custom_id": offered[-1], "wait": "done"}
    assert len(gallery(answer_of(await play.call("POST", "click", body)))) == 1


async def test_private_portraits_are_seen_by_their_owner_only(play: Play) -> None:
    result = await play.slash("ada", "portrait", private=True)
    message = answer_of(result)

    assert result["ephemeral"]
    assert message["id"] in {each["id"] for each in await play.messages("ada")}
    assert message["id"] not in {each["id"] for each in await play.messages("ben")}


async def test_pair_shows_two_people_side_by_side_and_what_differs(play: Play) -> None:
    message = answer_of(await play.slash("ada", "pair"))
    data = await play.picture(message)
    width, height = Image.open(io.BytesIO(data)).size

    assert width > height
    assert "image seed" in text_of(message).lower()
    assert len(set(codes_of(message))) == 2


async def recipes_behind(play: Play, message: Json) -> list[Recipe]:
    recipes = []
    for code in codes_of(message):
        shown = answer_of(await play.slash("ada", "show", code=code, private=True))
        stamp = read_stamp(await play.picture(shown))
        assert stamp is not None
        assert stamp.recipe is not None
        recipes.append(stamp.recipe)
    return recipes


@pytest.mark.parametrize("same_seed", [False, True])
async def test_pair_shares_the_image_seed_only_when_asked(play: Play, same_seed: bool) -> None:
    message = answer_of(await play.slash("ada", "pair", same_seed=same_seed))
    first, second = await recipes_behind(play, message)

    assert (first.image_seed == second.image_seed) is same_seed
    assert first.prompt_seed != second.prompt_seed


async def test_pair_differs_in_one_named_feature_only(play: Play) -> None:
    message = answer_of(
        await play.slash("ada", "pair", differ="hair color", features="hair length=chin-length")
    )
    first, second = await recipes_behind(play, message)

    assert [difference.name for difference in compare_recipes(first, second)] == ["Hair Color"]


async def test_imagine_paints_own_words(play: Play) -> None:
    message = answer_of(
        await play.slash("ada", "imagine", prompt="A sailor with green eyes and a full beard", seed=3)
    )
    stamp = read_stamp(await play.picture(message))

    assert stamp is not None
    assert stamp.recipe is not None
    assert stamp.recipe.prompt == "A sailor with green eyes and a full beard"
    assert {feature.value for feature in stamp.recipe.features} == {"green", "full beard"}


async def test_show_brings_a_picture_back_with_live_buttons(play: Play) -> None:
    first = answer_of(await play.slash("ada", "portrait"))
    code = codes_of(first)[0]
    shown = answer_of(await play.slash("ben", "show", channel="lounge", code=f" {code.upper()} "))

    assert codes_of(shown) == [code]
    assert custom_ids(shown)
    again = await play.press("ben", shown, "same")
    assert len(gallery(answer_of(again))) == 1


async def test_show_gives_nothing_of_private_pictures_to_others(play: Play) -> None:
    private = answer_of(await play.slash("ada", "portrait", private=True))
    result = await play.slash("ben", "show", code=codes_of(private)[0])

    assert not answer_of(result)["attachments"]
    assert answer_of(result)["flags"] & 64


async def test_models_lists_what_is_ready_and_what_needs_a_key(play: Play) -> None:
    text = text_of(answer_of(await play.type("ada", "models", {}, wait=3)))

    assert "Sketch" in text
    assert "free" in text
    assert "/keys add" in text


SLASH = 1
"""The type of a command that is typed. *Source:* Discord, "Application Command Types"."""


async def test_help_names_every_command(play: Play) -> None:
    text = text_of(answer_of(await play.type("ada", "help", {}, wait=3)))
    given = (await play.call("GET", "commands"))["commands"]
    commands = [command["name"] for command in given if command["type"] == SLASH]

    assert commands
    assert [name for name in commands if f"/{name}" not in text and name != "help"] == []


async def test_cancel_of_nothing_says_so_privately(play: Play) -> None:
    result = await play.type("mod", "cancel", {"job": "999999"})

    assert answer_of(result)["flags"] & 64


async def test_every_option_completes_while_it_is_typed(play: Play) -> None:
    first = answer_of(await play.slash("ada", "portrait"))
    code = codes_of(first)[0]

    assert {"Sketch painter"} & {
        choice["name"].split(" · ")[0] for choice in await play.complete("ada", "portrait", "model", "sk")
    }
    assert [c["value"] for c in await play.complete("ada", "portrait", "features", "eye color=gre")] == [
        "eye color=green"
    ]
    assert any(
        c["value"].startswith("format=")
        for c in await play.complete("ada", "portrait", "options", "for", model="sketch")
    )
    assert code in [choice["value"] for choice in await play.complete("ada", "show", "code", code[:4])]
    assert any(
        "grinning" in choice["value"]
        for choice in await play.complete("ada", "portrait", "expression", "grin")
    )


async def test_works_in_direct_messages(play: Play) -> None:
    message = answer_of(await play.slash("ben", "portrait", channel="dm"))

    assert len(gallery(message)) == 1


async def test_asks_discord_for_nothing_privileged(play: Play) -> None:
    frames = [entry for entry in await play.transcript() if "intents" in str(entry)]
    text = str(frames[0])
    intents = int(re.search(r"'intents': (\d+)", text).group(1))  # type: ignore[union-attr] # it is there

    assert intents == (1 << 0) | (1 << 10) | (1 << 13)
