"""The places that rows name: each is made when a row needs it, over `/play/` and the bot's own REST."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from playground.discord.interactions import TOKEN_S, Interaction
from tests.playground.discord.conftest import People
from tests.playground.discord.ear import Ear
from tests.playground.discord.refusals.parts import BUTTON, TEXT, command, label, line, modal, option, row, v2

Place = Callable[[People], Coroutine[Any, Any, str]]
PAINT = command(options=[option(autocomplete=True)], integration_types=[0, 1], contexts=[0, 1, 2])
KINDS_OF_EMOJI = [chr(0x1F600 + index) for index in range(20)]


async def channel(people: People, name: str = "lounge") -> str:
    state = await people.get("state")
    return "/channels/" + next(str(one["id"]) for one in state["channels"] if one["name"] == name)


async def made(people: People, name: str, kind: str, **more: object) -> str:
    await people.post("world", channels=[{"name": name, "kind": kind, **more}])
    return await channel(people, name)


async def guild(people: People) -> str:
    return f"/guilds/{(await people.get('state'))['guilds'][0]['id']}"


async def application(people: People) -> str:
    return f"/applications/{people.about['application_id']}"


async def commands(people: People) -> str:
    return await application(people) + "/commands"


async def good(people: People, method: str, path: str, body: object = None) -> dict[str, Any]:
    status, answer = await people.rest(method, path, body)
    assert status < 300, answer
    return dict(answer or {})


async def register(people: People, *bodies: dict[str, Any]) -> None:
    """Give the bot these commands and no others."""
    status, answer = await people.rest("PUT", await commands(people), list(bodies))
    assert status == 200, answer


async def said_by_bot(people: People, body: object, where: str | None = None) -> str:
    path = f"{where or await channel(people)}/messages"
    return f"{path}/{(await good(people, 'POST', path, body))['id']}"


async def clicked(
    people: People, ear: Ear, body: object, custom_id: str = "s", **more: object
) -> dict[str, Any]:
    """Post a message, let ada use a component of it, and return the interaction as the bot got it."""
    message_id = (await said_by_bot(people, body)).rpartition("/")[2]
    about = {"user": "ada", "message_id": message_id, "custom_id": custom_id, "wait": 0}
    unhurried(people, await people.post("click", **about, **more))
    return await ear.hear("INTERACTION_CREATE")


async def own(people: People) -> str:
    return await said_by_bot(people, {"content": "x"})


async def shown(people: People) -> str:
    return await said_by_bot(people, v2(TEXT))


async def her_id(people: People) -> str:
    """A message of ada's in the lounge, the same one at every call."""
    listed = await people.get("messages?user=ada&channel=lounge")
    hers = [one["id"] for one in listed["messages"] if one["content"] == "of ada"]
    if not hers:
        hers = [(await people.post("say", user="ada", channel="lounge", content="of ada"))["id"]]
    return str(hers[0])


async def hers(people: People) -> str:
    return f"{await channel(people)}/messages/{await her_id(people)}"


async def hers_below(people: People) -> str:
    return f"/messages/{await her_id(people)}"


async def crowded(people: People) -> str:
    message_id = await her_id(people)
    for emoji in KINDS_OF_EMOJI:
        await people.post("react", user="ada", message_id=message_id, emoji=emoji)
    return await hers(people)


async def ruled(people: People) -> str:
    """The lounge, where the bot may delete."""
    await people.post("world", permissions=[{"channel": "lounge", "allow": ["MANAGE_MESSAGES"]}])
    return await channel(people)


async def full(people: People) -> str:
    """The gallery with 250 pins; they are set where they are kept, for 250 requests would be limited."""
    for index in range(250):
        said = await people.post("say", user="ada", channel="gallery", content=str(index))
        message = people.local.messages.by_id[said["id"]]
        message.wire, message.pinned_s = message.wire | {"pinned": True}, people.local.clock.now_s()
    await people.post("world", permissions=[{"channel": "gallery", "allow": ["PIN_MESSAGES"]}])
    return await channel(people, "gallery")


async def next_pin_id(people: People) -> str:
    return str((await people.post("say", user="ada", channel="gallery", content="one more"))["id"])


async def forum(people: People) -> str:
    return await made(people, "posts", "forum")


async def category(people: People) -> str:
    return await made(people, "rooms", "category")


async def thread(people: People) -> str:
    return await made(people, "talk", "thread", parent="lounge")


async def archived_own(people: People) -> str:
    message = await said_by_bot(people, {"content": "x"}, await thread(people))
    await made(people, "talk", "thread", archived=True)
    return message


async def archived(people: People) -> str:
    await thread(people)
    return await made(people, "talk", "thread", archived=True)


async def threaded(people: People) -> str:
    await good(people, "POST", f"{await hers(people)}/threads", {"name": "x"})
    return await hers(people)


async def dm(people: People, name: str = "ada") -> str:
    user = people.local.world.user(name)
    opened = await good(people, "POST", "/users/@me/channels", {"recipient_id": user.id})
    return f"/channels/{opened['id']}"


async def closed_dm(people: People) -> str:
    await people.post("world", users=[{"name": "ada", "takes_dms": False}])
    return await dm(people)


async def strange_dm(people: People) -> str:
    await people.post("world", users=["stranger"])
    return await dm(people, "stranger")


async def asked(people: People, **more: str) -> Interaction:
    """An interaction of ada's with /paint that nobody has answered."""
    await good(people, "POST", await commands(people), PAINT)
    return unhurried(people, await people.slash("paint", wait=0, **more))


def unhurried(people: People, started: Mapping[str, Any]) -> Interaction:
    """Give whoever answers an hour of real time instead of three seconds: a busy machine may take its time."""
    one = people.interaction(started["interaction_id"])
    one.sent_s += 3_600
    return one


def callback_of(one: Interaction) -> str:
    return f"/interactions/{one.id}/{one.token}/callback"


def webhook_of(one: Interaction) -> str:
    return f"/webhooks/{one.application_id}/{one.token}"


async def answered_with(people: People, body: object, **more: str) -> Interaction:
    one = await asked(people, **more)
    await good(people, "POST", callback_of(one), body)
    return one


async def callback(people: People) -> str:
    return callback_of(await asked(people))


async def answered(people: People) -> str:
    return callback_of(await answered_with(people, {"type": 4, "data": {"content": "x"}}))


async def webhook(people: People) -> str:
    return webhook_of(await answered_with(people, {"type": 4, "data": {"content": "x"}}))


async def early_webhook(people: People) -> str:
    return webhook_of(await asked(people))


async def unknown_webhook(people: People) -> str:
    return f"/webhooks/{people.about['application_id']}/x"


async def deferred(people: People) -> str:
    return webhook_of(await answered_with(people, {"type": 5}))


async def modal_webhook(people: People) -> str:
    return webhook_of(await answered_with(people, modal(label(line()))))


async def deleted_webhook(people: People) -> str:
    path = await webhook(people)
    await good(people, "DELETE", f"{path}/messages/@original")
    return path


async def whispered_below(people: People) -> str:
    one = await answered_with(people, {"type": 4, "data": {"content": "x", "flags": 64}})
    return f"/messages/{one.response_id}"


async def worn_webhook(people: People) -> str:
    """A user install where the bot is no member, after five follow-ups; they come in two windows of its limit."""
    await people.post(
        "world",
        guilds=[{"name": "elsewhere", "bots": False}],
        channels=[{"name": "hall", "guild": "elsewhere"}],
        members=[{"user": "ada", "guild": "elsewhere"}],
        installs=[{"user": "ada"}],
    )
    one = await answered_with(people, {"type": 4, "data": {"content": "x"}}, channel="hall")
    for _ in range(5):
        await good(people, "POST", webhook_of(one), {"content": "x"})
    people.local.limits.windows.clear()
    return webhook_of(one)


async def submitted(people: People) -> str:
    one = await answered_with(people, modal(label(line())))
    sent = await people.post("submit", user="ada", interaction_id=one.id, fields={"t": "x"}, wait=0)
    return callback_of(unhurried(people, sent))


async def typed(people: People) -> str:
    await good(people, "POST", await commands(people), PAINT)
    await people.post(
        "autocomplete", user="ada", channel="lounge", name="paint", option="seed", value="x", wait=0.01
    )
    return callback_of(unhurried(people, {"interaction_id": next(reversed(people.local.interactions.by_id))}))


async def pressed(people: People) -> str:
    message_id = (await said_by_bot(people, v2(row(BUTTON)))).rpartition("/")[2]
    started = await people.post("click", user="ada", message_id=message_id, custom_id="a", wait=0)
    return callback_of(unhurried(people, started))


async def expired_callback(people: People) -> str:
    path = await callback(people)
    await people.post("clock", advance_s=TOKEN_S + 1)
    return path


async def expired_webhook(people: People) -> str:
    path = await webhook(people)
    await people.post("clock", advance_s=TOKEN_S + 1)
    return path


PLACES: dict[str, Place] = {"lounge": channel, "dm": dm}
PLACES.update(
    (one.__name__, one)
    for one in (
        guild, application, commands, own, shown, her_id, hers, hers_below, crowded, ruled, full, next_pin_id, forum,
        category, thread, archived, archived_own, threaded, closed_dm, strange_dm, callback, answered, webhook,
        early_webhook, unknown_webhook, deferred, modal_webhook, deleted_webhook, whispered_below,
        worn_webhook, submitted,
        typed, pressed, expired_callback, expired_webhook,
    )
)  # fmt: skip
