"""Every row of the refusal table over real HTTP: status, code, the fields it names, and that nothing changed."""

import io
import json
import re
from typing import Any

import aiohttp
import pytest
import yarl

from playground.discord import snapshot
from playground.discord.local import LocalDiscord
from tests.playground.discord.conftest import People, Value
from tests.playground.discord.refusals import channels, commands, components, interactions, messages
from tests.playground.discord.refusals.row import Row
from tests.playground.discord.refusals.scene import PLACES

ROWS: tuple[Row, ...] = (
    *messages.ROWS, *components.ROWS, *commands.ROWS, *interactions.ROWS, *channels.ROWS,
)  # fmt: skip
PLACE = re.compile(r"\{(\w+)\}")


async def placed(people: People, text: str) -> str:
    """Return a text with every place that it names put in, made if need be."""
    for name in PLACE.findall(text):
        text = text.replace(f"{{{name}}}", await PLACES[name](people))
    return text


def state_of(local: LocalDiscord) -> Value:
    """Return all that a refused request must leave as it was; the time is not part of it."""
    interactions = [
        (one.id, one.callback_type, one.response_id, one.modal, one.choices, one.message_ids)
        for one in local.interactions.by_id.values()
    ]
    return (
        snapshot.world_json(local.world),
        local.commands.to_json(),
        local.files.to_json(),
        [snapshot.message_json(one) for one in local.messages.by_id.values()],
        interactions,
    )


def payload(row: Row, body: Value) -> dict[str, Any]:
    """Return what the request carries: bytes as they are, files as a form, else JSON."""
    if isinstance(body, bytes):
        return {"data": body}
    if not row.uploads:
        return {} if body is None else {"json": body}
    form = aiohttp.FormData()
    form.add_field("payload_json", json.dumps(body), content_type="application/json")
    for index, one in enumerate(row.uploads):
        form.add_field(f"files[{index}]", io.BytesIO(bytes(one.size)), filename=one.filename)
    return {"data": form}


def errors_in(tree: dict[str, Any], path: str = "") -> list[str]:
    """Return every field error of a 50035 as "path CODE"."""
    found = [f"{path} {one['code']}" for one in tree.get("_errors", ())]
    for name, inner in tree.items():
        if name != "_errors":
            found += errors_in(inner, f"{path}.{name}" if path else name)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_refuses_a_bad_request_and_changes_nothing(people: People, row: Row) -> None:
    path = await placed(people, row.path)
    body = row.body
    if body is not None and not isinstance(body, bytes):
        body = json.loads(await placed(people, json.dumps(body)))
    if row.denied:
        await people.post("world", permissions=[{"channel": "lounge", "deny": list(row.denied)}])
    before = state_of(people.local)
    headers = {"Authorization": f"Bot {people.about['token']}"} | dict(row.headers)
    url = yarl.URL(people.about["api"] + path, encoded=True)
    async with people.session.request(row.method, url, headers=headers, **payload(row, body)) as response:
        answer = await response.json()
    assert (response.status, answer["code"]) == (row.status, row.code), answer
    assert sorted(errors_in(answer.get("errors", {}))) == sorted(row.errors)
    assert state_of(people.local) == before


def test_names_no_row_twice_and_sixty_at_least() -> None:
    names = [row.name for row in ROWS]
    assert len(names) >= 60
    assert sorted(set(names)) == sorted(names)
