"""Wrong and hostile input: one clear private sentence each, with a reference, and nothing half done."""

import asyncio
import json
import re

import pytest

from tests.e2e.play import Json, Play, Refused, answer_of, gallery, text_of
from tests.e2e.service import Limner

pytestmark = pytest.mark.asyncio(loop_scope="session")

REFERENCE = re.compile(r"\b[0-9a-f]{8}\b")

WRONG: tuple[tuple[str, str, Json, str], ...] = (
    ("a seed below the range", "portrait", {"seed": -1}, "seed"),
    ("a seed above the range", "portrait", {"seed": 2**32}, "seed"),
    ("a seed of 2^53", "portrait", {"seed": 2**53}, "seed"),
    ("a prompt seed above the range", "portrait", {"prompt_seed": 2**32}, "seed"),
    ("a count of none", "portrait", {"count": 0}, "count"),
    ("a negative count", "portrait", {"count": -1}, "count"),
    ("a count of a thousand", "portrait", {"count": 1000}, "count"),
    ("an unknown model", "portrait", {"model": "nonsense"}, "model"),
    ("a model that is a path", "portrait", {"model": "../../etc/passwd"}, "model"),
    ("an unknown feature", "portrait", {"features": "tail=long"}, "tail"),
    ("an unknown value with a near one", "portrait", {"features": "nose=aqiline"}, "aquiline"),
    ("two values for one feature", "portrait", {"features": "nose shape=button; nose shape=snub"}, "nose"),
    ("an unknown expression", "portrait", {"expression": "flabbergasted"}, "flabbergasted"),
    ("a broken option", "portrait", {"options": "format"}, "option"),
    ("an option out of its choices", "portrait", {"options": "format=gif"}, "format"),
    ("options of a megabyte", "portrait", {"options": "x" * 5000}, "option"),
    ("an aspect of nothing", "portrait", {"aspect": "16:0"}, "aspect"),
    ("an aspect of letters", "portrait", {"aspect": "a:b"}, "aspect"),
    ("an aspect out of proportion", "portrait", {"aspect": "1e9:1"}, "aspect"),
    ("a code that is none", "portrait", {"keep": "???"}, "code"),
    ("a code of nobody", "portrait", {"keep": "zzzzzzzz"}, "picture"),
    ("an unknown feature to differ in", "pair", {"differ": "tail"}, "tail"),
    ("an empty prompt", "imagine", {"prompt": ""}, "prompt"),
    ("a prompt of spaces", "imagine", {"prompt": "   "}, "prompt"),
    ("a prompt of invisible characters", "imagine", {"prompt": "\u200b\u3164\u2060"}, "prompt"),
    ("a prompt of 10,000 characters", "imagine", {"prompt": "x" * 10_000}, "prompt"),
    ("a code of nobody to show", "show", {"code": "zzzzzzzz"}, "picture"),
    ("a saved part of nobody", "portrait", {"saved": "nobody"}, "kept nothing"),
    ("a preset of 5,000 characters", "imagine", {"prompt": "a tree", "preset": "x" * 5000}, "kept nothing"),
    ("a saved part that is a path", "pair", {"saved": "../../etc/passwd"}, "kept nothing"),
    ("a job that is none", "cancel", {"job": "no such"}, "suggestions"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options", "word"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
async def test_says_privately_what_is_wrong_and_starts_nothing(
    play: Play, limner: Limner, name: str, options: Json, word: str
) -> None:
    before = {message["id"] for message in await play.messages("ben")}
    message = await play.refusal("ada", name, options)
    text = text_of(message)

    assert message["flags"] & 64, text
    assert word in text.lower(), text
    reference = REFERENCE.search(text)
    assert reference is not None, text
    assert reference.group() in limner.log
    assert "Traceback" not in text
    assert {message["id"] for message in await play.messages("ben")} == before


@pytest.mark.parametrize("options", [{"seed": "abc"}, {"seed": 1.5}, {"count": 5}, {"same": True}], ids=str)
async def test_discords_own_client_refuses_what_the_options_do_not_allow(play: Play, options: Json) -> None:
    with pytest.raises(Refused) as caught:
        await play.slash("ada", "portrait", **options)

    assert caught.value.status == 422


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**32 - 1])
async def test_takes_every_seed_of_the_range(play: Play, seed: int) -> None:
    message = answer_of(await play.slash("ada", "portrait", seed=seed, prompt_seed=seed))

    assert f"`{seed}`" in text_of(message)


HOSTILE = (
    "@everyone",
    "<@&123456789012345678>",
    "<@123456789012345678>",
    "@\u200beveryone @here",
    "``` break out ``` **bold**",
    "[x](https://evil.example) ||spoiler||",
    "# big\n> quote\n<t:0>",
    "https://evil.example discord.gg/abc",
    "\u202egnp.exe",
    "Z\u0351\u0352\u0353algo" + "\u0301" * 80,
    "<script>alert(1)</script>",
    "{{7*7}} %s {0} \\",
)


@pytest.mark.parametrize("words", HOSTILE)
async def test_own_words_never_ping_and_stay_words(play: Play, words: str) -> None:
    message = answer_of(await play.slash("ada", "imagine", prompt=f"a sailor {words}"))

    assert len(gallery(message)) == 1
    assert message["mentions"] == []
    assert message["mention_roles"] == []
    assert not message["mention_everyone"]
    assert message["embeds"] == []
    sent = [entry for entry in await play.transcript() if message["id"] in json.dumps(entry)]
    assert any('"parse": []' in json.dumps(entry) for entry in sent)
    assert all('"parse": ["' not in json.dumps(entry) for entry in sent)


@pytest.mark.parametrize("words", HOSTILE)
async def test_hostile_words_in_an_error_stay_words(play: Play, words: str) -> None:
    message = await play.refusal("ada", "portrait", {"features": f"nose={words}"})
    text = text_of(message)

    assert message["flags"] & 64
    assert message["mentions"] == []
    assert "](https://evil" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize("typed", ["x" * 500, "%_'\";--", "", "\\", "eye color=" * 40])
async def test_completion_takes_whatever_is_typed(play: Play, typed: str) -> None:
    for option in ("features", "expression", "model", "options", "keep", "saved", "preset"):
        choices = await play.complete("ada", "portrait", option, typed)
        assert len(choices) <= 25
        assert all(1 <= len(choice["name"]) <= 100 for choice in choices)


async def test_more_commands_than_a_person_may_have_in_the_works_are_refused_kindly(play: Play) -> None:
    results = await asyncio.gather(*(play.slash("mod", "portrait", count=4) for _ in range(8)))
    answers = [answer_of(result) for result in results]
    painted = [message for message in answers if message["attachments"]]
    refused = [message for message in answers if not message["attachments"]]

    assert painted
    assert refused
    assert all(message["flags"] & 64 for message in refused)
    assert all("12" in text_of(message) for message in refused)


@pytest.mark.parametrize("channel_kind", ["thread", "forum-thread", "dm", "user-installed server", "group"])
async def test_answers_wherever_discord_lets_it(play: Play, channel_kind: str) -> None:
    channel = await a_channel(play, channel_kind)
    message = answer_of(await play.slash("ada", "portrait", channel=channel))

    assert len(gallery(message)) == 1


async def a_channel(play: Play, kind: str) -> str:
    """Make a channel of a kind and return its name."""
    if kind == "dm":
        return "dm"
    if kind == "thread":
        await play.call(
            "POST", "world", {"channels": [{"name": "a-thread", "kind": "thread", "parent": "portraits"}]}
        )
        return "a-thread"
    if kind == "forum-thread":
        made = [
            {"name": "a-forum", "kind": "forum"},
            {"name": "a-post", "kind": "thread", "parent": "a-forum"},
        ]
        await play.call("POST", "world", {"channels": made})
        return "a-post"
    await play.call("POST", "world", {"installs": [{"user": "ada"}]})
    if kind == "group":
        group = {"name": "the-group", "kind": "group", "recipients": ["ada", "ben"]}
        await play.call("POST", "world", {"channels": [group]})
        return "the-group"
    server = {
        "guilds": [{"name": "elsewhere", "bots": False}],
        "members": [{"user": "ada", "guild": "elsewhere"}],
    }
    await play.call("POST", "world", server)
    await play.call(
        "POST", "world", {"channels": [{"name": "far-away", "kind": "text", "guild": "elsewhere"}]}
    )
    return "elsewhere/far-away"


async def test_fifty_commands_at_once_of_one_person_leave_no_queue_behind(play: Play) -> None:
    # Each has the 3 s of Discord, of which a hundred at once took a third of a second on a busy machine.
    results = await asyncio.gather(*(play.slash("mod", "portrait") for _ in range(50)))
    painted = [result for result in results if answer_of(result)["attachments"]]

    assert all(result["callback"] is not None for result in results)
    assert 12 <= len(painted) < 50
    assert await play.complete("mod", "cancel", "job", "") == []
