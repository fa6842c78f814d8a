"""Finding one's pictures again in the real bot: history, search, the link of a message and a saved file."""

import base64
import re

import pytest

from tests.e2e.play import Json, Play, answer_of, custom_ids, gallery, parts, text_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

LISTED = re.compile(r"\*\*\d\*\* `([0-9a-z]{8})`")


def code_of(message: Json) -> str:
    return str(message["attachments"][0]["filename"]).removeprefix("limner-")[:8]


async def show_file(play: Play, user: str, data: bytes, name: str) -> Json:
    body = {
        "user": user, "channel": "portraits", "name": "show", "options": {}, "wait": "done",
        "files": {"file": {"filename": name, "base64": base64.b64encode(data).decode()}},
    }  # fmt: skip
    return answer_of(await play.call("POST", "slash", body))


async def test_a_picture_is_found_again_by_list_by_words_by_link_and_by_its_file(play: Play) -> None:
    made = answer_of(await play.slash("ada", "portrait", features="eye color=violet", seed=424242))
    code = code_of(made)

    listed = answer_of(await play.slash("ada", "history"))
    assert LISTED.findall(text_of(listed))[0] == code
    assert len(gallery(listed)) == len(LISTED.findall(text_of(listed)))

    found = answer_of(await play.slash("ada", "search", words="violet eyes", seed=424242))
    assert LISTED.findall(text_of(found)) == [code]
    select = next(part for part in parts(found) if part["type"] == 3)
    opened = answer_of(await play.press("ada", found, "show", [select["options"][0]["value"]]))
    assert code_of(opened) == code

    again = await show_file(play, "ben", await play.picture(made), "holiday.png")
    assert code_of(again) == code
    assert custom_ids(again)


async def test_nobody_finds_what_is_somebody_elses(play: Play) -> None:
    await play.slash("ada", "portrait", features="eye color=violet", seed=434343)

    assert LISTED.findall(text_of(answer_of(await play.slash("ben", "search", seed=434343)))) == []
