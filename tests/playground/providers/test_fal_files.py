"""fal's storage: by token, by address, in parts."""

import json
from datetime import datetime

import pytest

from tests.playground.providers.fal_bench import ULTRA, Fal, picture

PNG = picture()


async def token_of(fal: Fal) -> dict[str, str]:
    said = await fal.ask("POST", f"{fal.rest}/storage/auth/token?storage_type=fal-cdn-v3", json={})
    assert datetime.fromisoformat(said.body["expires_at"]).tzinfo is not None
    assert said.body["base_url"] == fal.stand_ins.announcement["fal"]["cdn"]
    return {"Authorization": f"{said.body['token_type']} {said.body['token']}", "Content-Type": "image/png"}


async def test_an_upload_with_a_token_can_be_used_as_a_reference(fal: Fal) -> None:
    headers = await token_of(fal) | {"X-Fal-File-Name": "face.png"}
    said = await fal.ask("POST", f"{fal.stand_ins.origin}/fal/cdn/files/upload", headers=headers, data=PNG)
    url = said.body["access_url"]
    assert url.endswith(".png")
    assert await fal.fetched(url) == PNG
    painted = await fal.painted({"prompt": "x", "image_url": url, "aspect_ratio": "1:1"}, ULTRA)
    assert painted.status == 200


async def test_a_token_ends_after_an_hour(fal: Fal) -> None:
    headers = await token_of(fal)
    fal.stand_ins.advance_clock(3601)
    said = await fal.ask("POST", f"{fal.stand_ins.origin}/fal/cdn/files/upload", headers=headers, data=PNG)
    assert said.status == 401


async def test_the_key_alone_does_not_upload_to_the_delivery_host(fal: Fal) -> None:
    said = await fal.ask("POST", f"{fal.stand_ins.origin}/fal/cdn/files/upload", data=PNG)
    assert said.status == 401


async def test_an_upload_ends_with_its_lifecycle(fal: Fal) -> None:
    lifecycle = json.dumps({"expiration_duration_seconds": 86_400})
    headers = await token_of(fal) | {"X-Fal-Object-Lifecycle": lifecycle}
    said = await fal.ask("POST", f"{fal.stand_ins.origin}/fal/cdn/files/upload", headers=headers, data=PNG)
    fal.stand_ins.advance_clock(86_000)
    await fal.fetched(said.body["access_url"])
    fal.stand_ins.advance_clock(500)
    assert (await fal.ask("GET", said.body["access_url"])).status == 404


async def test_a_lifecycle_that_cannot_be_read_is_refused(fal: Fal) -> None:
    headers = await token_of(fal) | {"X-Fal-Object-Lifecycle": "soon"}
    said = await fal.ask("POST", f"{fal.stand_ins.origin}/fal/cdn/files/upload", headers=headers, data=PNG)
    assert said.status == 400


@pytest.mark.parametrize("storage_type", ["gcs", "fal-cdn-v3"])
@pytest.mark.parametrize("with_key", [True, False], ids=["with the key", "without"])
async def test_an_upload_by_address_lies_where_it_was_said(
    fal: Fal, storage_type: str, *, with_key: bool
) -> None:
    url = f"{fal.rest}/storage/upload/initiate?storage_type={storage_type}"
    begun = await fal.ask("POST", url, json={"file_name": "face.png", "content_type": "image/png"})
    headers = {"Content-Type": "image/png"} | (fal.key if with_key else {})
    assert (await fal.ask("GET", begun.body["file_url"])).status == 404
    assert (await fal.ask("PUT", begun.body["upload_url"], headers=headers, data=PNG)).status == 200
    assert await fal.fetched(begun.body["file_url"]) == PNG
    assert (await fal.ask("PUT", begun.body["upload_url"], headers=headers, data=PNG)).status == 403


@pytest.mark.parametrize("body", [{}, {"file_name": "x"}, [], {"content_type": "image/png"}])
async def test_an_upload_without_name_or_type_is_refused(fal: Fal, body: object) -> None:
    url = f"{fal.rest}/storage/upload/initiate?storage_type=gcs"
    assert (await fal.ask("POST", url, json=body)).status == 422


@pytest.mark.parametrize("path", ["storage/auth/token", "storage/upload/initiate"])
async def test_a_wrong_storage_type_is_refused(fal: Fal, path: str) -> None:
    said = await fal.ask("POST", f"{fal.rest}/{path}?storage_type=floppy", json={})
    assert said.status == 400


async def test_a_file_in_parts_is_put_together_in_order(fal: Fal) -> None:
    headers = await token_of(fal)
    base = f"{fal.stand_ins.origin}/fal/cdn/files/upload/multipart"
    begun = (await fal.ask("POST", base, headers=headers)).body
    part = f"{begun['access_url']}/multipart/{begun['uploadId']}"
    tags = [(await fal.ask("PUT", f"{part}/{n}", headers=headers, data=PNG[a:b])).headers["ETag"]
            for n, a, b in ((2, 50, None), (1, 0, 50))]  # fmt: skip
    assert all(tags)
    missing = await fal.ask("POST", f"{part}/complete", headers=headers, json={"parts": [{"partNumber": 1}]})
    assert missing.status == 400
    parts = {"parts": [{"partNumber": n, "etag": "x"} for n in (1, 2)]}
    headers["Content-Type"] = "application/json"
    unreadable: tuple[object, ...] = (
        [],
        {},
        {"parts": "x"},
        {"parts": [{}]},
        {"parts": [{"partNumber": "x"}]},
    )
    for body in unreadable:
        assert (await fal.ask("POST", f"{part}/complete", headers=headers, json=body)).status == 422
    assert (await fal.ask("POST", f"{part}/complete", headers=headers, json=parts)).status == 200
    assert await fal.fetched(begun["access_url"]) == PNG


async def test_parts_need_the_token(fal: Fal) -> None:
    base = f"{fal.stand_ins.origin}/fal/cdn/files"
    for method, path in (
        ("POST", "upload/multipart"),
        ("PUT", "b/x.png/multipart/y/1"),
        ("POST", "b/x.png/multipart/y/complete"),
    ):
        assert (await fal.ask(method, f"{base}/{path}")).status in (401, 404)
