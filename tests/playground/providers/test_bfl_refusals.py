"""What BFL's stand-in refuses before it looks at a single field: keys, addresses, and bodies that are none."""

import aiohttp
import pytest

from playground.providers.app import StandIns
from tests.playground.providers.bfl_client import Client
from tests.playground.providers.bfl_schemas import check_answer


@pytest.fixture
def client(providers: StandIns, session: aiohttp.ClientSession) -> Client:
    return Client(providers, session)


@pytest.mark.parametrize(("key", "detail"), [(None, "Not authenticated"), ("wrong", "Invalid API key")])
async def test_a_missing_or_wrong_key_is_refused_everywhere(
    client: Client, key: str | None, detail: str
) -> None:
    polling_url = (await client.submit())["polling_url"]
    for method, url in (("POST", "/v1/flux-dev"), ("GET", "/v1/credits"), ("GET", polling_url)):
        assert await client.refusal(method, url, key, {} if method == "POST" else None) == (403, detail)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/v1/flux-pro", 404), ("GET", "/v1/nothing", 404), ("GET", "/v1/flux-dev", 405)],
)
async def test_what_is_not_there_is_said_so(client: Client, method: str, path: str, status: int) -> None:
    assert (await client.refusal(method, path, body={} if method == "POST" else None))[0] == status


async def test_a_gone_model_can_be_tried(client: Client) -> None:
    assert await client.refusal("POST", "/v1/flux-dev", body={"prompt": "[gone]"}) == (404, "Not Found")


@pytest.mark.parametrize(
    ("content", "content_type", "kind"),
    [
        (b"", "application/json", "json_invalid"),
        (b"{", "application/json", "json_invalid"),
        (b"[" * 100_000, "application/json", "json_invalid"),
        (b'{"prompt": "a face", "guidance": NaN}', "application/json", "json_invalid"),
        (b"[]", "application/json", "model_attributes_type"),
        (b'"a face"', "application/json", "model_attributes_type"),
        (b'{"prompt": "a face"}', "text/plain", "model_attributes_type"),
        (b'{"prompt": "a face"}', "application/octet-stream", "model_attributes_type"),
    ],
    ids=["nothing", "half", "deep", "NaN", "a list", "a text", "called a text", "called bytes"],
)
async def test_a_body_that_is_no_json_object_is_refused(
    client: Client, content: bytes, content_type: str, kind: str
) -> None:
    announced = client.stand_ins.announcement["bfl"]
    headers = {"x-key": announced["key"], "Content-Type": content_type}
    url = f"{announced['url']}/v1/flux-dev"
    async with client.session.post(url, data=content, headers=headers) as answer:
        status, told = answer.status, await answer.json()

    check_answer("HTTPValidationError", told)
    assert (status, told["detail"][0]["type"]) == (422, kind)
    assert not any(call["paid"] for call in client.stand_ins.calls("bfl"))
