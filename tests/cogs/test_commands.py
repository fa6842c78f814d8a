"""The commands as people meet them, over the wire of a local Discord."""

import asyncio

import pytest

from cogs._progress import progress_view
from services import cancellation, history
from services.asks import Viewer
from services.jobs.courier import PictureResult
from tests.cogs.house import House, ids, parts, said
from tests.cogs.samples import INJECTIONS, progress
from tests.services.providers.scripted import Fault, Stage


async def job_of(house: House, code: str, user_id: int) -> PictureResult:
    return await history.find_picture(house.studio.context, Viewer(user_id), code)


async def test_portrait_answers_with_a_described_picture(house: House) -> None:
    answer = await house.slash("portrait", seed=7, prompt_seed=8)
    message = answer["message"]
    assert "image seed `7` · prompt seed `8`" in said(message)
    [gallery] = [part for part in parts(message) if part["type"] == 12]
    assert gallery["items"][0]["description"].startswith("Portrait sketch of")
    assert len(message["attachments"]) == 1


async def test_the_acknowledgement_is_the_first_thing_discord_hears(house: House) -> None:
    before = len(await house.requests_seen())
    await house.slash("portrait")
    paths = [entry["path"] for entry in (await house.requests_seen())[before:]]
    assert "/callback?" in paths[0]


async def test_a_private_portrait_is_seen_by_one_person(house: House) -> None:
    answer = await house.slash("portrait", private=True)
    assert answer["ephemeral"]
    assert "Only you can see this" in said(answer["message"])
    assert await house.messages(user="ben") == []


async def test_a_pair_is_one_sheet_with_two_codes_and_what_differs(house: House) -> None:
    message = (await house.slash("pair", differ="nose shape"))["message"]
    assert len(message["attachments"]) == 1
    assert "**What differs**\n- **Nose (Shape)**" in said(message)
    assert said(message).count("prompt seed") == 2


async def test_several_pictures_come_in_one_message(house: House) -> None:
    message = (await house.slash("portrait", count=3))["message"]
    assert len(message["attachments"]) == 3
    assert {one.split(":")[1] for one in ids(message)} == {"jobs"}


@pytest.mark.parametrize("text", INJECTIONS[:4])
async def test_a_prompt_never_pings(house: House, text: str) -> None:
    message = (await house.slash("imagine", prompt=f"a lighthouse {text}"))["message"]
    assert message["mentions"] == []
    assert not message["mention_everyone"]
    assert message["mention_roles"] == []


async def test_a_wrong_input_is_said_privately_at_once_and_starts_nothing(house: House) -> None:
    answer = await house.first_answer("portrait", features="nose=elephant")
    assert answer["ephemeral"]
    assert "elephant" in said(answer["message"])
    assert "Reference `" in said(answer["message"])
    assert await house.messages(user="ben") == []


async def test_an_error_after_a_public_acknowledgement_is_said_privately(house: House) -> None:
    answer = await house.slash("show", code="zzzzzzzz")
    assert answer["deleted"]
    [message] = answer["messages"]
    assert message["flags"] & 64
    assert "no such picture" in said(message)
    assert await house.messages(user="ben") == []


async def test_a_channel_without_attachments_is_refused_before_anything_starts(house: House) -> None:
    await house.act("world", permissions=[{"channel": "portraits", "deny": ["ATTACH_FILES"]}])
    answer = await house.first_answer("portrait")
    assert answer["ephemeral"]
    assert "**Attach Files**" in said(answer["message"])


async def test_a_public_request_of_which_nothing_came_leaves_nothing_public(house: House) -> None:
    house.studio.server.script(Stage.SUBMIT, Fault.REFUSED_KEY)
    answer = await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")
    assert answer["deleted"]
    assert "refused the key that was to pay" in said(answer["messages"][-1])
    assert await house.messages(user="ben") == []


async def test_show_brings_a_picture_back_for_others_in_the_server(house: House) -> None:
    first = (await house.slash("portrait"))["message"]
    code = said(first).split("`")[1]
    shown = (await house.slash("show", user="ben", code=code.upper()))["message"]
    assert f"`{code}`" in said(shown)
    assert len(shown["attachments"]) == 1


async def test_cancel_says_when_there_is_nothing_to_cancel(house: House) -> None:
    answer = await house.slash("cancel")
    assert "nothing running" in said(answer["message"])


async def test_a_running_picture_can_be_cancelled_by_its_owner_alone(house: House) -> None:
    house.studio.server.polls_until_done = 10_000
    options = {"prompt": "a lighthouse", "model": "scripted/quick"}
    await house.act("slash", user="ada", channel="portraits", name="imagine", options=options)
    owner = int(house.local.world.user("ada").id)
    while not (running := await cancellation.list_cancelable(house.studio.context, owner)):
        await asyncio.sleep(0.01)
    channel = house.bot.get_partial_messageable(int((await house.messages())[0]["channel_id"]))
    sent = await channel.send(view=progress_view(progress(first_job_id=running[0].job_id)))
    custom_id = f"v1:job:cancel:{running[0].job_id}"
    foreign = await house.act("click", user="ben", message_id=str(sent.id), custom_id=custom_id)
    own = await house.act("click", user="ada", message_id=str(sent.id), custom_id=custom_id)
    assert foreign["ephemeral"]
    assert own["ephemeral"]
    await house.until_anything_said("not yours", user="ben")
    await house.until_anything_said("stop", user="ada")


async def test_models_and_help_answer_privately(house: House) -> None:
    for name in ("models", "help"):
        answer = await house.first_answer(name)
        assert answer["ephemeral"]
        assert len(said(answer["message"])) > 200


@pytest.mark.parametrize(
    ("option", "value"),
    [("features", "eye col"), ("expression", "smi"), ("keep", ""), ("model", "ske"), ("options", "for")],
)
async def test_autocomplete_completes_what_is_typed(house: House, option: str, value: str) -> None:
    await house.slash("portrait")
    answer = await house.act(
        "autocomplete",
        user="ada",
        channel="portraits",
        name="portrait",
        option=option,
        value=value,
        options={},
    )
    assert 1 <= len(answer["choices"]) <= 25


@pytest.mark.parametrize("value", ["%_'\";--", "x" * 500, "=" * 50, "\u202e", "a;b;c;"])
@pytest.mark.parametrize("option", ["features", "expression", "keep", "model", "options", "differ"])
async def test_autocomplete_survives_hostile_input(house: House, option: str, value: str) -> None:
    answer = await house.act(
        "autocomplete", user="ada", channel="portraits", name="pair", option=option, value=value, options={}
    )
    assert len(answer["choices"]) <= 25
