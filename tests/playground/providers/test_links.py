"""Pictures behind addresses: served while they live, and bounded."""

from aiohttp import ClientSession

from playground.discord.clock import Clock
from playground.providers.app import StandIns
from playground.providers.links import Kept, Links


async def test_a_picture_is_served_until_its_address_ends(
    providers: StandIns, session: ClientSession
) -> None:
    desk = providers.desk("fal")
    address = desk.keep_picture(b"picture", "image/png", lives_s=600, path="/cdn/files/b", gone_status=403)
    assert address.startswith(f"{providers.origin}/fal/cdn/files/b/")
    async with session.get(address) as answer:
        assert (answer.status, answer.content_type, await answer.read()) == (200, "image/png", b"picture")
    providers.advance_clock(599)
    async with session.get(address) as answer:
        assert answer.status == 200
    providers.advance_clock(2)
    async with session.get(address) as answer:
        assert answer.status == 403


async def test_a_picture_without_an_end_stays(providers: StandIns, session: ClientSession) -> None:
    address = providers.desk("fal").keep_picture(b"picture", "image/png", lives_s=None)
    providers.advance_clock(10**8)
    async with session.get(address) as answer:
        assert answer.status == 200


async def test_an_unknown_address_is_404(providers: StandIns, session: ClientSession) -> None:
    async with session.get(f"{providers.origin}/fal/cdn/files/b/nothing.png") as answer:
        assert answer.status == 404


async def test_a_desk_fetches_only_from_this_machine(providers: StandIns) -> None:
    desk = providers.desk("fal")
    address = desk.keep_picture(b"picture", "image/png", lives_s=10)
    assert await desk.fetch(address) == b"picture"
    assert await desk.fetch(f"{providers.origin}/fal/nothing.png") is None
    assert await desk.fetch("https://example.com/face.png") is None
    assert await desk.fetch("http://[broken/face.png") is None
    providers.advance_clock(11)
    assert await desk.fetch(address) is None


def test_the_least_used_pictures_go_when_there_are_too_many_bytes() -> None:
    links = Links(Clock(), most_bytes=10)
    for name in ("one", "two"):
        links.keep(name, Kept(b"12345", "image/png", None, 404))
    assert links.find("one") is not None
    links.keep("three", Kept(b"12345", "image/png", None, 404))
    assert links.find("two") is None
    assert links.find("one") is not None
    assert links.find("three") is not None


def test_a_name_that_is_kept_again_counts_once() -> None:
    links = Links(Clock(), most_bytes=10)
    for _ in range(5):
        links.keep("one", Kept(b"12345", "image/png", None, 404))
    links.keep("two", Kept(b"12345", "image/png", None, 404))
    assert links.find("one") is not None
