"""Rate limits: bucket headers, the three sorts of 429, the global 50 a second, and the ban after invalid requests."""

from typing import Any

import pytest

from playground.discord import limits
from tests.playground.discord.conftest import People
from tests.playground.discord.refusals.scene import callback, callback_of, channel, deferred, webhook

BUCKET = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset-After", "X-RateLimit-Bucket")


async def ask(people: People, method: str, path: str, body: Any = None) -> tuple[int, dict[str, str], Any]:  # noqa: ANN401 (JSON)
    headers = {"Authorization": f"Bot {people.about['token']}"}
    async with people.session.request(
        method, people.about["api"] + path, json=body, headers=headers
    ) as response:
        is_json = response.content_type == "application/json"
        answer = await response.json() if is_json else await response.text()
        return response.status, dict(response.headers), answer


@pytest.mark.parametrize(
    ("kind", "scope", "message"),
    [
        ("429_user", "user", "You are being rate limited."),
        ("429_global", "global", "You are being rate limited."),
        ("429_shared", "shared", "The resource is being rate limited."),
    ],
)
async def test_a_429_says_its_scope_in_headers_and_body(
    people: People, kind: str, scope: str, message: str
) -> None:
    await people.post("chaos", kind=kind, count=1)
    status, headers, body = await ask(people, "GET", "/users/@me")
    assert status == 429
    assert (headers["X-RateLimit-Scope"], headers["Retry-After"]) == (scope, "1")
    assert headers["Via"]
    assert ("X-RateLimit-Global" in headers) is body["global"] is (scope == "global")
    assert (body["message"], body["retry_after"]) == (message, 0.5)
    assert [name in headers for name in BUCKET] == [scope != "global"] * 4
    if scope != "global":
        assert (headers["X-RateLimit-Remaining"] == "0") is (scope == "user")
    assert (await ask(people, "GET", "/users/@me"))[0] == 200


async def test_a_ban_for_a_moment_is_said_as_cloudflare_says_it(people: People) -> None:
    await people.post("chaos", kind="429_cloudflare", route="/users/@me")
    status, headers, body = await ask(people, "GET", "/users/@me")
    assert (status, body, headers["Retry-After"]) == (429, "error code: 1015", "1")
    assert [name for name in headers if name == "Via" or name.startswith("X-RateLimit")] == []
    assert (await ask(people, "GET", "/users/@me"))[0] == 200


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows that no machine is too slow for."""
    monkeypatch.setattr(
        limits, "BUCKETS", {name: (most, 3_600.0) for name, (most, _) in limits.BUCKETS.items()}
    )


@pytest.mark.usefixtures("endless")
async def test_counts_a_bucket_down_and_each_channel_for_itself(people: People) -> None:
    lounge, gallery = await channel(people), await channel(people, "gallery")
    answers = [await ask(people, "POST", f"{lounge}/messages", {"content": "x"}) for _ in range(6)]
    assert [one[1]["X-RateLimit-Remaining"] for one in answers] == ["4", "3", "2", "1", "0", "0"]
    assert [one[0] for one in answers] == [200] * 5 + [429]
    over = answers[-1]
    assert (over[1]["X-RateLimit-Scope"], over[2]["global"]) == ("user", False)
    # exactly so: with a charset, discord.py would not read it as JSON
    assert {one[1]["Content-Type"] for one in answers} == {"application/json"}
    elsewhere = await ask(people, "POST", f"{gallery}/messages", {"content": "x"})
    assert elsewhere[0] == 200
    assert elsewhere[1]["X-RateLimit-Bucket"] == over[1]["X-RateLimit-Bucket"]


def test_an_interactions_webhook_takes_five_in_two_seconds() -> None:
    assert limits.BUCKETS["webhook"] == (5, 2.0)


@pytest.mark.usefixtures("endless")
async def test_an_interactions_webhook_is_limited_for_each_token(people: People) -> None:
    first, second = await webhook(people), await deferred(people)
    body = {"content": "x"}
    statuses = [(await ask(people, "POST", first, body))[0] for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert (await ask(people, "POST", second, body))[0] == 200


async def test_the_global_limit_is_not_for_interactions(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await callback(people)
    monkeypatch.setattr(limits, "GLOBAL_PER_S", 0)
    status, headers, body = await ask(people, "GET", "/users/@me")
    assert (status, headers["X-RateLimit-Scope"], body["global"]) == (429, "global", True)
    status, headers, _ = await ask(people, "POST", path, {"type": 5})
    assert status == 204
    assert not [name for name in headers if name.startswith("X-RateLimit")]
    interaction = next(reversed(people.local.interactions.by_id.values()))
    edited = f"/webhooks/{interaction.application_id}/{interaction.token}/messages/@original"
    assert callback_of(interaction) == path
    assert (await ask(people, "PATCH", edited, {"content": "x"}))[0] == 200


async def test_too_many_invalid_requests_shut_the_address_out(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Cloudflare does it: 429 without Via and without JSON; shared limits do not count."""
    monkeypatch.setattr(limits, "INVALID_PER_WINDOW", 3)
    await people.post("chaos", kind="429_shared", count=5)
    for _ in range(5):
        assert (await ask(people, "GET", "/users/@me"))[1]["X-RateLimit-Scope"] == "shared"
    wrong = {"Authorization": "Bot x"}
    for _ in range(3):
        async with people.session.get(people.about["api"] + "/users/@me", headers=wrong) as response:
            assert response.status == 401
    status, headers, body = await ask(people, "GET", "/users/@me")
    assert (status, body) == (429, "error code: 1015")
    assert "Via" not in headers
    assert 0 < int(headers["Retry-After"]) <= 600
    monkeypatch.setattr(limits, "INVALID_WINDOW_S", 0.0)
    assert (await ask(people, "GET", "/users/@me"))[0] == 200
