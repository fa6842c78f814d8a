"""What is connected to: on real sockets, with a resolver that says what the test wants, lies included."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from services.addresses import RefusedAddress, origins_of
from services.crossing import Purpose
from services.errors import ProviderBroken, ProviderBusy
from services.guarded_connections import GuardedConnector, GuardedResolver
from services.http import HttpRequest, Timeouts, fetch_bytes, open_session, send
from tests.services.loopback import serve
from tests.services.sessions import local_session
from tests.waiting import HANGS_AFTER_S

PUBLIC, ALSO_PUBLIC = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
PRIVATE = (
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.0.1", "0.0.0.1", "::1", "fe80::1%eth0",
    "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "not an address",
)  # fmt: skip
PICTURE = b"\x89PNG picture"
SECRET = "sig-of-a-signed-address"


@dataclass
class Says(AbstractResolver):
    """A resolver that gives one answer after the other, the last one again and again."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - its signature
    ) -> list[ResolveResult]:
        self.asked.append(host)
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=each,
                port=port,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were connected to; none but this machine's is really tried."""
    seen: list[str] = []
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def watched(sock: socket.socket, address: tuple[str, int]) -> None:
        seen.append(address[0])
        if not address[0].startswith("127."):
            raise ConnectionRefusedError
        await connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", watched)
    return seen


def session_over(lookup: Says, *own: str) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=GuardedConnector(origins_of(own), lookup))


def anywhere(_url: str) -> bool:
    return True


async def refusal_of(session: aiohttp.ClientSession, url: str) -> ProviderBroken:
    with pytest.raises(ProviderBroken) as caught:
        await fetch_bytes(session, url, anywhere)
    return caught.value


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_inside_is_not_connected_to(address: str, connected: list[str]) -> None:
    async with session_over(Says([[address]])) as session:
        error = await refusal_of(session, f"https://cdn.example/a.png?sig={SECRET}")

    assert (error.code, connected) == ("result_elsewhere", [])
    assert "cdn.example leads to an address that is not public" in str(error)
    assert SECRET not in str(error)


@pytest.mark.parametrize("answer", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [ALSO_PUBLIC, "::1"]])
async def test_one_private_address_among_public_ones_spoils_them_all(
    answer: list[str], connected: list[str]
) -> None:
    async with session_over(Says([answer])) as session:
        assert (await refusal_of(session, "https://cdn.example/a.png")).code == "result_elsewhere"

    assert connected == []


async def test_what_was_judged_is_what_is_connected_to(connected: list[str]) -> None:
    lookup = Says([[PUBLIC, ALSO_PUBLIC], ["127.0.0.1"]])
    async with session_over(lookup) as session:
        error = await refusal_of(session, "https://rebinding.example/a.png")

    assert error.code == "provider_unreachable"
    assert lookup.asked == ["rebinding.example"]
    assert sorted(connected) == sorted([PUBLIC, ALSO_PUBLIC])


async def test_the_second_answer_of_a_name_that_changes_is_judged_anew(connected: list[str]) -> None:
    lookup = Says([[PUBLIC], ["127.0.0.1"]])
    async with session_over(lookup) as session:
        await refusal_of(session, "https://rebinding.example/a.png")
        assert isinstance(session.connector, GuardedConnector)
        session.connector.clear_dns_cache()
        assert (await refusal_of(session, "https://rebinding.example/b.png")).code == "result_elsewhere"

    assert connected == [PUBLIC]


async def test_a_server_behind_a_name_gets_the_connection_of_the_answer_that_was_judged() -> None:
    """With real servers at both answers of an own host: one look, one connection, to the first."""
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.host)
        return web.Response(body=PICTURE)

    async with serve(handler) as url:
        port = url.rpartition(":")[2]
        lookup = Says([["127.0.0.1"], ["127.0.0.2"]])
        async with session_over(lookup, "http://stand-in.test") as session:
            assert await fetch_bytes(session, f"http://stand-in.test:{port}/a.png", anywhere) == PICTURE

    assert (asked, lookup.asked) == ([f"stand-in.test:{port}"], ["stand-in.test"])


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.1", "①②⑦.0.0.1"])
async def test_an_ip_address_which_no_resolver_is_asked_about_is_held_back_at_the_socket(
    host: str, connected: list[str]
) -> None:
    lookup = Says([[PUBLIC]])
    async with session_over(lookup) as session:
        with pytest.raises(ProviderBusy):
            await send(session, HttpRequest("GET", f"http://{host}:9/", Purpose.POLL))

    assert (lookup.asked, connected) == ([], [])


async def test_the_address_of_an_own_name_opens_the_socket_and_no_other_does() -> None:
    guard = GuardedResolver(["proxy.corp", "10.9.9.9"], Says([["10.1.2.3"]]))

    def opened(address: str) -> bool:
        try:
            guard.open_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))).close()
        except RefusedAddress:
            return False
        return True

    assert [opened(each) for each in ("10.1.2.3", "10.9.9.9", PUBLIC)] == [False, True, True]
    await guard.resolve("proxy.corp.", 80)
    assert [opened(each) for each in ("10.1.2.3", "10.1.2.4", "127.0.0.1")] == [True, False, False]
    with pytest.raises(RefusedAddress):
        await guard.resolve("evil.example", 80)


async def test_a_session_without_the_guard_fetches_nothing() -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(TypeError):
            await fetch_bytes(session, "https://cdn.example/a.png", anywhere)


REDIRECTS: Mapping[str, str] = {
    "another machine": "https://10.0.0.1/a.png",
    "the cloud's own data": "https://169.254.169.254/latest/meta-data/",
    "without https": "http://cdn.example/a.png",
    "a file": "file:///etc/passwd",
    "inline": "data:image/png;base64,AAAA",
    "an odd port": "https://cdn.example:6379/",
    "a user": "https://user:word@cdn.example/a.png",
    "an odd spelling": "https://0x7f000001/a.png",
    "a local name": "https://metadata.google.internal/",
    "another name of this machine": "http://localhost/a.png",
    "a name that leads inside": "https://inside.example/a.png",
}


@pytest.mark.parametrize("to", REDIRECTS.values(), ids=REDIRECTS)
async def test_a_redirect_is_judged_as_the_first_address_is(to: str, connected: list[str]) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=302, headers={"Location": to})

    async with serve(handler) as url, session_over(Says([["10.0.0.7"]]), url) as session:
        error = await refusal_of(session, f"{url}/a.png")

    assert (error.code, asked, connected) == ("result_elsewhere", ["/a.png"], ["127.0.0.1"])


async def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        left = int(request.path[1:])
        return (
            web.Response(status=307, headers={"Location": f"/{left - 1}"})
            if left
            else web.Response(body=PICTURE)
        )

    async with serve(handler) as url, local_session() as session:
        assert await fetch_bytes(session, f"{url}/3", anywhere) == PICTURE
        asked.clear()
        assert (await refusal_of(session, f"{url}/4")).code == "provider_broken"

    assert asked == ["/4", "/3", "/2", "/1"]


async def test_a_loop_of_redirects_ends() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=301, headers={"Location": "/b" if request.path == "/a" else "/a"})

    async with serve(handler) as url, local_session() as session:
        await refusal_of(session, f"{url}/a")

    assert asked == ["/a", "/b", "/a", "/b"]


async def test_a_chain_of_slow_redirects_has_one_time_limit_for_all() -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.sleep(0.4)  # under the limit each, over it together
        if request.path == "/xxx":
            return web.Response(body=PICTURE)
        return web.Response(status=302, headers={"Location": f"{request.path}x"})

    limits = Timeouts(1.0, HANGS_AFTER_S, HANGS_AFTER_S, HANGS_AFTER_S)
    async with serve(handler) as url, local_session() as session:
        with pytest.raises(ProviderBroken) as caught:
            await fetch_bytes(session, f"{url}/", anywhere, timeouts=limits)

    assert caught.value.code == "provider_broken"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Set a proxy for everything, and a password for this machine, as an operator's shell may have them."""

    def set_all(proxy: str) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy)
            monkeypatch.setenv(name.upper(), proxy)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        netrc = tmp_path / "netrc"
        netrc.write_text("default login ada password secret-of-ada\n")
        monkeypatch.setenv("NETRC", str(netrc))

    return set_all


async def test_nothing_of_the_environment_and_no_cookie_goes_along(
    environment: Callable[[str], None],
) -> None:
    seen: list[Mapping[str, str]] = []
    through_proxy: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append({name.lower(): value for name, value in request.headers.items()})
        if request.path == "/b.png":
            return web.Response(body=PICTURE)
        response = web.Response(status=302, headers={"Location": "/b.png"})
        response.set_cookie("session", "of the first host")
        return response

    async def proxy(request: web.Request) -> web.Response:
        through_proxy.append(request.path)
        return web.Response(body=b"from the proxy")

    async with serve(handler) as url, serve(proxy) as proxy_url:
        environment(proxy_url)
        named = url.replace("127.0.0.1", "localhost")
        async with open_session([named]) as session:
            assert await fetch_bytes(session, f"{named}/a.png", anywhere) == PICTURE

    assert (len(seen), through_proxy) == (2, [])
    for headers in seen:
        assert headers.keys() <= {"host", "accept", "accept-encoding", "user-agent"}
