"""Files: signed addresses and their end, ranges, HEAD, odd names, fresh addresses, and the CDN's faults."""

import asyncio
import base64
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from playground.discord import cdn
from playground.discord.local import LocalDiscord
from playground.discord.pictures import picture_size
from tests.playground.discord.conftest import People
from tests.playground.discord.sample_bot import PNG
from tests.waiting import until

CONTENT = bytes(range(256)) * 64


async def posted(people: People, filename: str = "a.bin", content: bytes = CONTENT) -> dict[str, Any]:
    """An attachment as its message shows it."""
    files = {"p": {"filename": filename, "base64": base64.b64encode(content).decode()}}
    said = await people.post("say", user="ada", channel="lounge", content="x", files=files)
    return dict(said["attachments"][0]) | {"message_id": said["id"], "channel_id": said["channel_id"]}


async def fetched(people: People, url: str, method: str = "GET", **headers: str) -> tuple[int, Any, bytes]:
    async with people.session.request(method, URL(url, encoded=True), headers=headers) as response:
        return response.status, response.headers, await response.read()


async def test_address_has_discords_shape(people: People) -> None:
    shown = await posted(people, "a.png", PNG)
    url = URL(shown["url"])
    assert url.path == f"/attachments/{shown['channel_id']}/{shown['id']}/a.png"
    assert int(url.query["ex"], 16) - int(url.query["is"], 16) == 86_400
    assert len(url.query["hm"]) == 64
    assert (shown["width"], shown["height"]) == picture_size(PNG) == (16, 32)
    assert (shown["content_type"], shown["size"]) == ("image/png", len(PNG))


async def test_forged_addresses_are_gone_with_discords_words(people: People) -> None:
    url = (await posted(people))["url"]
    other = (await posted(people))["url"]
    forged = [
        url.partition("?")[0],
        url.replace("hm=", "hm=0"),
        url.replace("hm=", "hm=%C3%BC"),
        url.replace("ex=", "ex=f"),
        url.replace("is=", "is=0"),
        url.replace("a.bin", "b.bin"),
        url.partition("?")[0] + "?" + other.partition("?")[2],
        url.replace("/attachments/", "/ephemeral-attachments/"),
    ]
    for address in forged:
        status, _, body = await fetched(people, address)
        assert (status, body) == (404, b"This content is no longer available."), address
    assert (await fetched(people, url))[0] == 200


async def test_ephemeral_files_have_a_path_of_their_own(people: People) -> None:
    await people.rest(
        "PUT",
        f"/applications/{people.about['application_id']}/commands",
        [{"name": "see", "description": "s", "options": [{"name": "p", "description": "p", "type": 11}]}],
    )
    files = {"p": {"filename": "a.txt", "base64": "YWJj"}}
    await people.slash("see", channel="lounge", files=files, wait=0)
    stored = next(iter(people.local.files.by_id.values()))
    url = people.local.files.address(stored)
    assert URL(url).path.startswith("/ephemeral-attachments/")
    assert (await fetched(people, url))[::2] == (200, b"abc")


@pytest.mark.parametrize(
    ("asked", "status", "first", "length"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=100-299", 206, 100, 200),
        ("bytes=16000-", 206, 16_000, len(CONTENT) - 16_000),
        ("bytes=-5", 206, len(CONTENT) - 5, 5),
        ("bytes=16000-99999", 206, 16_000, len(CONTENT) - 16_000),
    ],
)
async def test_range_brings_that_part(
    people: People, asked: str, status: int, first: int, length: int
) -> None:
    got, headers, body = await fetched(people, (await posted(people))["url"], Range=asked)
    assert (got, body) == (status, CONTENT[first : first + length])
    assert headers["Content-Range"] == f"bytes {first}-{first + length - 1}/{len(CONTENT)}"


async def test_range_beyond_the_end_is_refused_with_the_size(people: People) -> None:
    status, headers, _ = await fetched(people, (await posted(people))["url"], Range="bytes=99999-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


async def test_head_says_all_but_the_content(people: People) -> None:
    url = (await posted(people))["url"]
    plain, asked = await fetched(people, url), await fetched(people, url, "HEAD")
    assert (asked[0], asked[2]) == (200, b"")
    for name in ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Accept-Ranges"):
        assert asked[1][name] == plain[1][name]
    assert (await fetched(people, url.replace("hm=", "hm=0"), "HEAD"))[0] == 404


async def test_unchanged_file_need_not_be_sent_again(people: People) -> None:
    url = (await posted(people))["url"]
    etag = (await fetched(people, url))[1]["ETag"]
    assert (await fetched(people, url, **{"If-None-Match": etag}))[::2] == (304, b"")
    assert (await fetched(people, url, **{"If-None-Match": '"another"'}))[0] == 200


@pytest.mark.parametrize(
    ("given", "safe", "title"),
    [
        ('a"b;c.txt', "a_b_c.txt", 'a"b;c'),
        ("two\r\nSet-Cookie: x.txt", "two__Set-Cookie__x.txt", "two\r\nSet-Cookie: x"),
        ("портрет ада.png", "___________.png", "портрет ада"),
        ("../../etc/passwd", "_.._etc_passwd", "passwd"),
        ("...", "unknown", "..."),
        ("plain-name_1.txt", "plain-name_1.txt", None),
    ],
)
async def test_odd_file_names_become_safe(people: People, given: str, safe: str, title: str | None) -> None:
    shown = await posted(people, given)
    assert (shown["filename"], shown.get("title")) == (safe, title)
    status, headers, _ = await fetched(people, shown["url"])
    assert (status, headers["Content-Disposition"]) == (200, f'inline; filename="{safe}"')


async def test_uploaded_page_cannot_run_here(people: People) -> None:
    url = (await posted(people, "evil.html", b"<script>1</script>"))["url"]
    _, headers, _ = await fetched(people, url)
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_deleted_message_loses_its_files_from_disk(people: People, local: LocalDiscord) -> None:
    shown = await posted(people)
    path = local.files.path_of(shown["id"])
    assert path.read_bytes() == CONTENT
    await people.post("world", roles=[{"name": "chiefs", "permissions": ["ADMINISTRATOR"]}])
    await people.post("world", members=[{"user": "limner", "roles": ["chiefs"]}])
    status, _ = await people.rest("DELETE", f"/channels/{shown['channel_id']}/messages/{shown['message_id']}")
    assert status == 204
    assert (await fetched(people, shown["url"]))[0] == 404
    await until(lambda: not path.exists())


async def refreshed(people: People, *urls: str) -> tuple[int, Any]:
    return await people.rest("POST", "/attachments/refresh-urls", {"attachment_urls": list(urls)})


async def test_old_addresses_are_exchanged_for_fresh_ones(people: People) -> None:
    old = (await posted(people))["url"]
    await people.post("clock", advance_s=90_000)
    assert (await fetched(people, old))[0] == 404
    bare = old.partition("?")[0]
    status, answer = await refreshed(people, old, bare, "https://elsewhere.example/x.png", "http://[")
    assert (status, [one["original"] for one in answer["refreshed_urls"]][:2]) == (200, [old, bare])
    fresh = [one["refreshed"] for one in answer["refreshed_urls"]]
    assert fresh[2:] == [None, None]
    for url in fresh[:2]:
        assert (await fetched(people, url))[::2] == (200, CONTENT)


async def test_a_message_read_again_brings_a_fresh_address(people: People) -> None:
    old = (await posted(people))["url"]
    await people.post("clock", advance_s=90_000)
    (seen,) = (await people.get("messages?user=ada&channel=lounge"))["messages"]
    fresh = seen["attachments"][0]["url"]
    assert [(await fetched(people, url))[0] for url in (old, fresh)] == [404, 200]


@pytest.mark.parametrize("urls", [[], ["x"] * 51, [7], "x", None], ids=str)
async def test_refuses_to_refresh_what_is_no_list_of_addresses(people: People, urls: object) -> None:
    status, answer = await people.rest("POST", "/attachments/refresh-urls", {"attachment_urls": urls})
    assert (status, answer["code"]) == (400, 50035)
    assert "attachment_urls" in answer["errors"]


async def test_expired_fault_strikes_so_often_and_only_valid_addresses(people: People) -> None:
    url = (await posted(people))["url"]
    await people.post("chaos", kind="cdn_expired", count=2)
    statuses = [(await fetched(people, one))[0] for one in (url, url.replace("hm=", "hm=0"), url, url)]
    assert statuses == [404, 404, 404, 200]


async def test_fault_narrowed_to_a_route_spares_other_files(people: People) -> None:
    first, second = await posted(people, "a.bin"), await posted(people, "b.bin")
    await people.post("chaos", kind="cdn_expired", for_s=3600, route="b.bin")
    statuses = [(await fetched(people, one["url"]))[0] for one in (first, second, second)]
    assert statuses == [200, 404, 404]
    await people.post("chaos", kind="reset")
    assert (await fetched(people, second["url"]))[0] == 200


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=0-99"}], ids=["whole", "range"])
async def test_cut_download_announces_more_than_it_sends(people: People, asked: dict[str, str]) -> None:
    url = (await posted(people))["url"]
    await people.post("chaos", kind="cdn_cut", count=1)
    with pytest.raises(aiohttp.ClientError):
        await fetched(people, url, **asked)
    assert (await fetched(people, url))[::2] == (200, CONTENT)


async def test_slow_download_keeps_nobody_else_waiting(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = (await posted(people))["url"]
    monkeypatch.setattr(cdn, "SLOW_S", 3600.0)
    await people.post("chaos", kind="cdn_slow", count=1)
    slow = asyncio.create_task(fetched(people, url))
    await until(lambda: not people.local.chaos.active())
    assert (await fetched(people, url))[::2] == (200, CONTENT)
    assert not slow.done()
    slow.cancel()
    await asyncio.wait([slow])


async def test_slow_download_comes_in_the_end(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    url = (await posted(people))["url"]
    monkeypatch.setattr(cdn, "SLOW_S", 0.01)
    await people.post("chaos", kind="cdn_slow", count=1)
    assert (await fetched(people, url))[::2] == (200, CONTENT)


async def test_files_that_no_snapshot_knows_leave_the_disk_at_the_next_start(
    people: People, local: LocalDiscord
) -> None:
    shown = await posted(people)
    kept, orphan = local.files.path_of(shown["id"]), local.files.folder / "1"
    orphan.write_bytes(b"left by a crash")
    local.files.load(json.loads(json.dumps(local.files.to_json())))
    assert (kept.exists(), orphan.exists()) == (True, False)
