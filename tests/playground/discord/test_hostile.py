"""Whatever comes in over HTTP, the answer is a refusal or a success, and it comes."""

import asyncio
import json
import random
from collections.abc import Iterator

import pytest
import yarl

from playground.discord.actors import CALLS
from playground.discord.routes import ROUTES
from tests.playground.discord.conftest import People, Value
from tests.playground.discord.web_login import Browser
from tests.waiting import HANGS_AFTER_S

ANSWERED = {*range(200, 500)}
DEEP = "[" * 100_000
VALUES: tuple[Value, ...] = (
    None, True, 0, -1, 2**70, 10**400, 1.5, "", "x", "\ud800", "²", "9" * 30, "9" * 4_500, "é", "\r\n", "a/../b",
    [], [None], [[]], {}, {"a": []},
)  # fmt: skip
NAMES = (
    "user", "channel", "name", "group", "subcommand", "options", "files", "option", "value", "message_id",
    "custom_id", "values", "interaction_id", "fields", "emoji", "remove", "type", "target", "content", "until",
    "timeout_s", "advance_s", "kind", "count", "for_s", "route", "bot", "wait", "raw", "limit", "after",
    "guilds", "channels", "roles", "members", "users", "permissions", "installs", "locales", "applications",
    "max_concurrency", "nick", "flags", "embeds", "components", "attachments", "allowed_mentions",
    "message_reference", "nonce", "enforce_nonce", "sticker_ids", "poll", "messages", "recipient_id", "data",
    "nsfw", "archived", "message", "auto_archive_duration", "attachment_urls", "description", "before",
    "around", "with_counts",
)  # fmt: skip
TEXTS = (
    b"", b"{", b"null", b"[]", b"[1]", b'"x"', b"NaN", b'{"a": NaN, "content": "x"}', b'{"content": 1e999}',
    b"\xff\xfe", b"\x00", b"a\nb", DEEP.encode(), b'{"a":' * 50_000, b"1" * 5_000, b'{"content":"\\ud800"}',
)  # fmt: skip
KINDS = (
    "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
    "multipart/form-data; boundary=b", "application/x-www-form-urlencoded; charset=bogus", "", "a/b/c",
    "application/json; charset=bogus",
)  # fmt: skip
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="payload_json"\r\n\r\nnot json\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="../\xff\x00.png"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\nContent-Type: \xff\r\n\r\nx\r\n--b--\r\n',
    b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
    b"--b\r\n\r\n", b"--b", b"--b--", b"--c\r\n\r\nx",
    b'--b\r\nContent-Disposition: form-data; name="files[0]"; filename="a"\r\nContent-Transfer-Encoding: x\r\n\r\n',
)  # fmt: skip
HEADERS = (
    "Authorization", "X-Playground-Key", "Cookie", "User-Agent", "X-Discord-Locale", "Origin", "Range",
    "Content-Length", "Transfer-Encoding",
)  # fmt: skip
HEADER_VALUES = (
    b"Bot \xff\xfe", b"Bearer \xe9", b"Basic \xff", b"Basic /////w==", b"Bot", b"\xff" * 100, b"", b"bytes=9-1",
    b"chunked", b"-1",
)  # fmt: skip
SEGMENTS = (
    "x",
    "0",
    "-1",
    "%C2%B2",
    "%ff",
    "%00",
    "..",
    "%2e%2e%2fetc",
    "9" * 400,
    "@me",
    "@original",
    "%F0%9F%94%81",
    "%",
)
QUERIES = (*SEGMENTS, "9" * 30, "1e3", "0001-01-01", "9999-12-31T23:59:59-23:00", "")


def bodies(seed: int, count: int) -> Iterator[dict[str, Value]]:
    """Yield objects whose fields have the names that count and values that do not fit."""
    chance = random.Random(seed)
    for _ in range(count):
        yield {name: chance.choice(VALUES) for name in chance.sample(NAMES, 12)}


async def answer(
    people: People, method: str, path: str, content: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    people.local.limits.windows.clear()
    url = yarl.URL(people.about["base"] + path, encoded=True)
    asked = people.session.request(method, url, data=content, headers=headers, allow_redirects=False)
    async with asyncio.timeout(HANGS_AFTER_S), asked as response:
        return response.status, await response.read()


def allowed(people: People) -> dict[str, str]:
    return {"X-Playground-Key": people.about["key"], "Authorization": f"Bot {people.about['token']}"}


def addresses(people: People) -> dict[str, str]:
    """The parameters of routes that lead somewhere."""
    world = people.local.world
    return {
        "{channel_id}": world.channel("lounge").id, "{guild_id}": world.guild("atelier").id,
        "{application_id}": people.about["application_id"], "{user_id}": world.user("ada").id,
        "{emoji}": "%F0%9F%94%81", "{message_id}": "1", "{interaction_id}": "1", "{token}": "x", "{command_id}": "1",
    }  # fmt: skip


def filled(people: People, pattern: str) -> str:
    for name, value in addresses(people).items():
        pattern = pattern.replace(name, value)
    return f"/api/v10{pattern}"


async def test_answers_every_route_whatever_the_body(people: People) -> None:
    headers = allowed(people) | {"Content-Type": "application/json"}
    bad = []
    for route in ROUTES:
        path = filled(people, route.pattern)
        made = (*TEXTS, *(json.dumps(one).encode() for one in bodies(len(path), 20)))
        for content in made if route.method != "GET" else (b"",):
            status, _ = await answer(people, route.method, path, content, headers)
            if status not in ANSWERED:
                bad.append((route.method, route.pattern, content[:300], status))
    assert bad == []


async def test_answers_every_call_of_play_whatever_the_body(people: People) -> None:
    headers = allowed(people)
    bad = []
    for method, name in CALLS.keys() - {("GET", "events")}:  # a stream, which ends with its reader
        path = f"/play/{name}?wait=0&timeout_s=0"
        made = [
            one | here for one in bodies(len(name), 60) for here in ({}, {"user": "ada", "channel": "lounge"})
        ]
        for content in (*TEXTS, *(json.dumps(one | {"wait": 0, "timeout_s": 0}).encode() for one in made)):
            status, _ = await answer(people, method, path, content, headers)
            if status not in ANSWERED:
                bad.append((name, content[:300], status))
    assert bad == []


@pytest.mark.parametrize(
    "pattern",
    ["/api/v10/channels/{channel_id}/messages", "/api/oauth2/token", "/play/say", "/oauth2/authorize"],
)
async def test_answers_every_kind_of_body(people: People, pattern: str) -> None:
    path = pattern.replace("{channel_id}", people.local.world.channel("lounge").id)
    bad = []
    for kind in KINDS:
        for content in (*TEXTS, *PARTS):
            status, _ = await answer(people, "POST", path, content, allowed(people) | {"Content-Type": kind})
            if status not in ANSWERED:
                bad.append((kind, content[:300], status))
    assert bad == []
    assert (await people.get("transcript?limit=1000"))["entries"] or not path.startswith("/api")


async def test_answers_every_address(people: People) -> None:
    starts = [
        "/play",
        "/page",
        "/attachments/1/2",
        "/ephemeral-attachments/1/2",
        "/oauth2",
        "",
        "/api/v11",
    ]
    messages = "/channels/{channel_id}/messages"
    paged = {
        messages: ("limit", "after", "before", "around"),
        f"{messages}/pins": ("limit", "before"),
        "/guilds/{guild_id}/members": ("limit", "after"),
        "/users/@me/guilds": ("limit", "after"),
    }
    starts += [
        filled(people, one) for one in ("/channels", "/guilds", "/users", messages, f"{messages}/1/reactions")
    ]
    paths = [f"{start}/{segment}" for start in starts for segment in SEGMENTS]
    for pattern, names in paged.items():
        paths += [f"{filled(people, pattern)}?{name}={value}" for name in names for value in QUERIES]
    paths += [
        f"/play/messages?user=ada&channel=lounge&{name}={one}"
        for name in ("after", "limit")
        for one in QUERIES
    ]
    paths.append(f"/play/messages?user=ada&channel=lounge&after={'9' * 4_400}")
    bad = []
    for path in paths:
        status, _ = await answer(people, "GET", path, None, allowed(people))
        if status not in ANSWERED:
            bad.append((path[:200], status))
    assert bad == []


async def raw_status(people: People, path: str, header: bytes) -> bytes:
    """Return the status line for a request whose header no client library would send."""
    port = int(people.about["base"].rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n".encode()
        + header
        + b"\r\n\r\n"
    )
    async with asyncio.timeout(HANGS_AFTER_S):
        line = await reader.readline()
    writer.close()
    return line


@pytest.mark.parametrize("name", HEADERS)
async def test_answers_every_header(people: People, name: str) -> None:
    cookie = f"playground_{people.about['base'].rpartition(':')[2]}=".encode()
    bad = []
    for value in (*HEADER_VALUES, cookie + b"\xff.\xff"):
        for path in ("/api/v10/users/@me", "/play/state", "/oauth2/authorize?client_id=1", "/"):
            line = await raw_status(people, path, f"{name}: ".encode() + value)
            if line[9:10] not in (b"2", b"3", b"4"):
                bad.append((path, value, line))
    assert bad == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redirect_uri", "http://127.0.0.1:99999/"), ("redirect_uri", "http://["), ("permissions", "9" * 4_400),
        ("redirect_uri", "http://localhost\r\nX: y"), ("state", "\x00\r\n"), ("scope", "bot \x00"),
        ("guild_id", "\x00"), ("prompt", "none"),
    ],
)  # fmt: skip
async def test_answers_every_request_for_consent(people: People, field: str, value: str) -> None:
    browser = Browser(people)
    await browser.enter()
    response = await browser.ask("GET", browser.address(**{field: value}))
    assert response.status in (200, 303, 400)
