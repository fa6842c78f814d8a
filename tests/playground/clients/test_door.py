"""The second door: who is let in, what it presents, and which addresses it gives."""

import signal
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from playground.discord.local import LocalDiscord
from playground.discord.tls import PATHS
from tests.playground.clients.people import Json
from tests.playground.clients.resolver import OneMachine, private_way, trusting
from tests.playground.discord.server_process import started, stopped


@pytest.fixture
async def visitor(local: LocalDiscord) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who comes by the second door, with the bot's token."""
    about = local.announcement()
    headers = {"Authorization": f"Bot {about['token']}", "User-Agent": "DiscordBot (https://example.com, 1)"}
    async with aiohttp.ClientSession(connector=private_way(about)[0], headers=headers) as session:
        yield session


async def gateway_url(session: aiohttp.ClientSession, api: str) -> str:
    async with session.get(f"{api}/gateway") as response:
        answer: Json = await response.json()
        return str(answer["url"])


async def test_gives_each_visitor_the_addresses_of_the_door_it_came_by(
    local: LocalDiscord, visitor: aiohttp.ClientSession
) -> None:
    about = local.announcement()
    assert await gateway_url(visitor, "https://discord.com/api/v10") == "wss://gateway.discord.gg"
    async with aiohttp.ClientSession(headers=visitor.headers) as other:
        assert await gateway_url(other, about["api"]) == about["gateway"]


async def test_gives_a_stored_picture_the_address_of_the_door_that_asks(
    local: LocalDiscord, visitor: aiohttp.ClientSession
) -> None:
    channel_id = local.world.channel("portraits").id
    form = aiohttp.FormData({"payload_json": '{"content": "look"}'})
    form.add_field("files[0]", b"x" * 100, filename="a.bin")
    messages = f"/channels/{channel_id}/messages"
    async with visitor.post(f"https://discord.com/api/v10{messages}", data=form) as response:
        sent = (await response.json())["attachments"][0]
    assert sent["url"].startswith(f"https://cdn.discordapp.com/attachments/{channel_id}/")
    assert sent["proxy_url"].startswith(f"https://media.discordapp.net/attachments/{channel_id}/")
    for address in (sent["url"], sent["proxy_url"]):
        async with visitor.get(address) as response:
            assert await response.read() == b"x" * 100
    about = local.announcement()
    async with (
        aiohttp.ClientSession(headers=visitor.headers) as other,
        other.get(about["api"] + messages) as response,
    ):
        seen = (await response.json())[0]["attachments"][0]
    assert seen["url"].startswith(f"{about['base']}/attachments/")


async def test_resumes_where_it_identified(local: LocalDiscord, visitor: aiohttp.ClientSession) -> None:
    async with visitor.ws_connect("wss://gateway.discord.gg/?v=10&encoding=json") as socket:
        await socket.receive_json()
        payload = {"token": local.announcement()["token"], "intents": 1, "properties": {}}
        await socket.send_json({"op": 2, "d": payload})
        ready = await socket.receive_json()
    assert ready["d"]["resume_gateway_url"] == "wss://gateway.discord.gg/"


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("example.com", "/api/v10/gateway"),
        ("127.0.0.1", "/api/v10/gateway"),
        ("discord.com.example.com", "/api/v10/gateway"),
        ("discord.com", "/"),
        ("discord.com", "/play/state"),
        ("discord.com", "/apiary"),
        ("discord.com", "/attachments/1/2/a.png"),
        ("gateway.discord.gg", "/api/v10/gateway"),
        ("cdn.discordapp.com", "/page/app.js"),
    ],
)
async def test_refuses_a_foreign_name_and_a_path_of_another_name(
    visitor: aiohttp.ClientSession, host: str, path: str
) -> None:
    async with visitor.get(f"https://discord.com{path}", headers={"Host": host}) as response:
        assert response.status == 403


async def test_knows_its_names_with_a_port_behind_them(visitor: aiohttp.ClientSession) -> None:
    async with visitor.get("https://discord.com:8443/api/v10/gateway") as response:
        assert response.status == 200


async def test_refuses_a_foreign_page(visitor: aiohttp.ClientSession) -> None:
    for origin, status in (("https://example.com", 403), ("https://discord.com", 200)):
        async with visitor.get("https://discord.com/api/v10/gateway", headers={"Origin": origin}) as response:
            assert response.status == status


async def test_first_door_knows_none_of_the_names(local: LocalDiscord) -> None:
    async with aiohttp.ClientSession() as session:
        for host in PATHS:
            async with session.get(f"{local.base}/api/v10/gateway", headers={"Host": host}) as response:
                assert response.status == 403


async def test_presents_a_certificate_for_the_names_alone(local: LocalDiscord) -> None:
    about = local.announcement()
    context, port = trusting(about["tls"]["ca"]), about["tls"]["port"]
    for host in PATHS:
        await _shake_hands(port, host, context)
    for host in ("example.com", "gateway.discord.com", "127.0.0.1"):
        with pytest.raises(ssl.SSLCertVerificationError):
            await _shake_hands(port, host, context)
    with pytest.raises(ssl.SSLCertVerificationError):
        await _shake_hands(port, "discord.com", ssl.create_default_context())


async def _shake_hands(port: int, host: str, context: ssl.SSLContext) -> None:
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=context, resolver=OneMachine(port))
    ) as session:
        try:
            async with session.get(f"https://127.0.0.1:{port}/api/v10/gateway", server_hostname=host):
                pass
        except aiohttp.ClientConnectorCertificateError as error:
            raise error.certificate_error from error


async def test_command_line_opens_it_where_it_is_told_to(tmp_path: Path) -> None:
    process, about = await started("--data", str(tmp_path), "--tls-port", "0")
    try:
        assert about["tls"]["ca"] == str(tmp_path / "ca.pem")
        async with aiohttp.ClientSession(connector=private_way(about)[0]) as session:
            assert await gateway_url(session, "https://discord.com/api/v10") == "wss://gateway.discord.gg"
    finally:
        await stopped(process, signal.SIGTERM)


async def test_leaves_the_authority_on_disk_and_no_key(local: LocalDiscord) -> None:
    folder = Path(local.announcement()["tls"]["ca"]).parent
    found = [one for one in folder.rglob("*.pem") if b"PRIVATE" in one.read_bytes()]
    assert found == []
    assert list(folder.rglob("*.pem")) == [folder / "ca.pem"]
