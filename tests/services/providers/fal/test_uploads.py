"""Large reference pictures are uploaded: by token, else by address; without the key where it has no business."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from services.errors import ProviderBroken, ProviderBusy, ProviderRefusedKey
from services.providers.base import Reference
from services.providers.fal.addresses import Addresses
from services.providers.fal.uploads import CDN_URL, Storage
from tests.services.loopback import Handler, nobody_at, serve
from tests.services.providers.fal.conftest import Shop
from tests.services.providers.references import noise, picture

KEY = "id:secret-of-this-test"
FACE = Reference(b"\x89PNG face", "image/png", 8, 8)
OTHER = Reference(b"\xff\xd8other", "image/jpeg", 8, 8)


def storage_of(session: aiohttp.ClientSession, url: str) -> Storage:
    return Storage(session, Addresses(f"{url}/queue", f"{url}/rest"), KEY)


class Vault:
    """fal's storage, with answers of its own for some paths; `seen` are the requests, `kept` what was put where."""

    def __init__(self, **answers: tuple[int, Any]) -> None:
        self.answers = answers
        self.url = ""
        self.seen: list[tuple[str, str, Mapping[str, str]]] = []
        self.kept: dict[str, bytes] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        step = request.path.rpartition("/")[2]
        self.seen.append((request.method, step, dict(request.headers)))
        if step in self.answers:
            status, body = self.answers[step]
            return web.json_response(body, status=status)
        return web.json_response(await self._usual(request, step))

    async def _usual(self, request: web.Request, step: str) -> dict[str, str]:
        match step:
            case "token":
                return {"token": "t-1", "token_type": "Bearer", "base_url": f"{self.url}/cdn"}
            case "upload":
                self.kept[request.headers["X-Fal-File-Name"]] = await request.read()
                return {"access_url": f"{self.url}/files/{request.headers['X-Fal-File-Name']}"}
            case "initiate":
                name = (await request.json())["file_name"]
                return {"upload_url": f"{self.url}/put/{name}", "file_url": f"{self.url}/files/{name}"}
        self.kept[step] = await request.read()
        return {}

    def steps(self) -> list[str]:
        return [step for _, step, _ in self.seen]

    def keys(self) -> set[str]:
        """Return the steps that our key was sent with."""
        return {step for _, step, headers in self.seen if KEY in str(headers)}


async def store(session: aiohttp.ClientSession, vault: Vault, *references: Reference) -> dict[int, str]:
    async with serve(vault.answer) as url:
        vault.url = url
        return await storage_of(session, url).store(dict(enumerate(references or (FACE,))))


async def test_pictures_are_uploaded_with_one_token_and_keep_their_places(
    session: aiohttp.ClientSession,
) -> None:
    vault = Vault()
    stored = await store(session, vault, FACE, OTHER)

    assert stored == {
        0: f"{vault.url}/files/reference-1.png",
        1: f"{vault.url}/files/reference-2.jpeg",
    }
    assert vault.kept == {"reference-1.png": FACE.data, "reference-2.jpeg": OTHER.data}
    assert vault.steps().count("token") == 1
    assert vault.keys() == {"token"}


async def test_an_upload_says_what_it_is_and_that_a_day_is_enough(session: aiohttp.ClientSession) -> None:
    vault = Vault()
    await store(session, vault)

    _, _, headers = vault.seen[-1]
    assert headers["Authorization"] == "Bearer t-1"
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Fal-Object-Lifecycle"] == '{"expiration_duration_seconds": 86400}'


@pytest.mark.parametrize(
    ("step", "status"),
    [
        *(("upload", status) for status in (401, 404, 500, 503)),
        *(("token", status) for status in (404, 500, 503)),
    ],
)
async def test_where_the_first_way_fails_the_other_is_taken(
    session: aiohttp.ClientSession, step: str, status: int
) -> None:
    vault = Vault(**{step: (status, {"detail": "no"})})
    stored = await store(session, vault)

    assert stored == {0: f"{vault.url}/files/reference-1.png"}
    assert vault.kept == {"reference-1.png": FACE.data}
    assert vault.keys() == {"token", "initiate"}
    assert (
        next(headers for _, step, headers in vault.seen if step == "reference-1.png")["Content-Type"]
        == "image/png"
    )


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("token", {"token": ""}),
        ("token", []),
        ("upload", {"access_url": "https://evil.example/x"}),
        ("upload", {"access_url": None}),
    ],
)
async def test_an_answer_of_no_use_leads_to_the_other_way(
    session: aiohttp.ClientSession, step: str, answer: object
) -> None:
    vault = Vault(**{step: (200, answer)})

    assert await store(session, vault) == {0: f"{vault.url}/files/reference-1.png"}
    assert "initiate" in vault.steps()


@pytest.mark.parametrize(
    "answers",
    [
        {"initiate": (500, {"detail": "no"})},
        {"initiate": (200, {})},
        {
            "initiate": (
                200,
                {"upload_url": "https://evil.example/put", "file_url": "https://evil.example/get"},
            )
        },
        {"reference-1.png": (403, {"detail": "expired"})},
        {"reference-1.png": (500, {})},
    ],
)
async def test_an_upload_that_fails_both_ways_may_be_tried_again(
    session: aiohttp.ClientSession, answers: dict[str, tuple[int, object]]
) -> None:
    vault = Vault(upload=(500, {}), **answers)
    with pytest.raises(ProviderBroken) as caught:
        await store(session, vault)

    assert (caught.value.code, caught.value.may_retry) == ("upload_failed", True)
    assert KEY not in str(caught.value)


async def test_all_uploads_end_before_one_that_failed_is_reported(session: aiohttp.ClientSession) -> None:
    vault = Vault(upload=(500, {}), **{"reference-1.png": (500, {})})
    with pytest.raises(ProviderBroken):
        await store(session, vault, FACE, OTHER)

    assert vault.kept == {"reference-2.jpeg": OTHER.data}


async def test_no_upload_goes_to_a_host_that_is_not_fals(session: aiohttp.ClientSession) -> None:
    vault = Vault(token=(200, {"token": "t", "token_type": "Bearer", "base_url": "https://evil.example"}))
    async with serve(vault.answer) as url:
        vault.url = url
        token = await storage_of(session, url).get_token()

    assert token.base_url == CDN_URL
    assert "t" in token.authorization
    assert token.authorization not in repr(token)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (401, ProviderRefusedKey, "provider_refused_key"),
        (403, ProviderRefusedKey, "provider_not_permitted"),
        (429, ProviderBusy, "provider_busy"),
        (500, ProviderBusy, "provider_unreachable"),
    ],
)
async def test_a_token_that_is_refused_says_whose_fault_it_is(
    session: aiohttp.ClientSession, status: int, kind: type[Exception], code: str
) -> None:
    async with serve(Vault(token=(status, {"detail": "no"})).answer) as url:
        with pytest.raises(kind) as caught:
            await storage_of(session, url).get_token()

    assert getattr(caught.value, "code") == code  # noqa: B009 - of a kind that varies


async def test_a_refused_key_ends_the_upload_at_once(session: aiohttp.ClientSession) -> None:
    vault = Vault(token=(401, {"detail": "No user found for Key ID and Secret"}))
    with pytest.raises(ProviderRefusedKey):
        await store(session, vault)

    assert vault.steps() == ["token"]


async def test_a_busy_storage_says_when_to_come_back(session: aiohttp.ClientSession) -> None:
    vault = Vault(upload=(500, {}), initiate=(429, {"detail": "busy"}))
    with pytest.raises(ProviderBusy) as caught:
        await store(session, vault)

    assert caught.value.code == "provider_busy"


@pytest.mark.parametrize("handler", [Vault().answer])
async def test_a_storage_that_is_gone_proves_that_nothing_was_ordered(
    session: aiohttp.ClientSession, handler: Handler
) -> None:
    async with serve(handler) as url:
        pass
    with nobody_at(url), pytest.raises(ProviderBroken) as caught:
        await storage_of(session, url).store({0: FACE})

    assert caught.value.code == "upload_failed"


async def test_a_large_reference_is_uploaded_and_a_small_one_travels_along(shop: Shop) -> None:
    order = shop.order("fal/flux-2-pro-edit", references=(picture(), noise()))
    await shop.picture_of(order)

    inline, uploaded = shop.submits()[0]["body"]["image_urls"]
    assert inline.startswith("data:image/png;base64,")
    assert uploaded.startswith(f"{shop.stand_ins.origin}/fal/cdn/files/b/")
    assert len(shop.calls("/files/upload")) == 1


async def test_a_picture_that_could_not_be_uploaded_is_not_ordered(shop: Shop) -> None:
    for path in ("/storage/auth/token", "/storage/upload/initiate"):
        shop.script({"status": 500, "body": {"detail": "no"}}, path, "POST")
    with pytest.raises(ProviderBroken):
        await shop.provider.submit(shop.order("fal/flux-2-pro-edit", references=(noise(),)))

    assert not shop.submits()
