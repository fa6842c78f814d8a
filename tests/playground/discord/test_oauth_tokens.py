"""OAuth2's tokens: exchange, refresh, revocation, expiry, and what each scope reads."""

import base64
import hashlib
from typing import Any

import aiohttp
import pytest

from playground.discord.local import LocalDiscord
from playground.discord.oauth import TOKENS_PER_GRANT
from playground.discord.permissions import ALL, EVERYONE
from tests.playground.discord.conftest import People
from tests.playground.discord.web_login import REDIRECT, Browser, WebEdge, visiting

SCOPES = "identify email guilds guilds.members.read"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
async def browser(people: People) -> Browser:
    return await visiting(people)


@pytest.fixture
def edge(people: People) -> WebEdge:
    return WebEdge(people)


async def logged_in(
    browser: Browser, edge: WebEdge, user: str = "ada", scope: str = SCOPES
) -> dict[str, Any]:
    status, token = await edge.exchange(await browser.code(user, scope=scope))
    assert status == 200, token
    return token


async def test_code_brings_a_token_that_reads_the_member(browser: Browser, edge: WebEdge) -> None:
    token = await logged_in(browser, edge)
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 604_800, SCOPES)
    status, user = await edge.read(token["access_token"], "/users/@me")
    assert (status, user["username"], user["email"]) == (200, "ada", "ada@example.com")
    status, guilds = await edge.read(token["access_token"], "/users/@me/guilds")
    assert (status, [one["name"] for one in guilds]) == (200, ["atelier"])
    member = (await edge.read(token["access_token"], f"/users/@me/guilds/{guilds[0]['id']}/member"))[1]
    assert (member["user"]["username"], member["permissions"]) == ("ada", str(EVERYONE))
    about = (await edge.read(token["access_token"], "/oauth2/@me"))[1]
    assert (about["user"]["username"], about["scopes"]) == ("ada", SCOPES.split())
    assert about["application"]["name"] == "Limner"


async def test_owner_and_permissions_of_a_guild_are_the_members_own(
    people: People, browser: Browser, edge: WebEdge
) -> None:
    await people.post("world", roles=[{"name": "chiefs", "permissions": ["ADMINISTRATOR"]}])
    await people.post("world", members=[{"user": "ben", "roles": ["chiefs"]}])
    found = {}
    for user in ("ada", "ben", "mod"):
        token = await logged_in(browser, edge, user, "guilds")
        guild = (await edge.read(token["access_token"], "/users/@me/guilds?with_counts=true"))[1][0]
        found[user] = (guild["owner"], guild["permissions"], guild["approximate_member_count"])
    assert found == {
        "ada": (False, str(EVERYONE), 4),
        "ben": (False, str(ALL), 4),
        "mod": (True, str(ALL), 4),
    }


async def test_guilds_are_paged_by_id(people: People, browser: Browser, edge: WebEdge) -> None:
    await people.post("world", guilds=[{"name": "annex", "owner": "ada"}])
    access = (await logged_in(browser, edge))["access_token"]
    first = (await edge.read(access, "/users/@me/guilds?limit=1"))[1]
    rest = (await edge.read(access, f"/users/@me/guilds?after={first[0]['id']}"))[1]
    assert [one["name"] for one in (*first, *rest)] == ["atelier", "annex"]
    assert (await edge.read(access, "/users/@me/guilds?limit=many"))[1]["code"] == 50035


@pytest.mark.parametrize(
    ("scope", "readable"),
    [
        ("identify", {"/users/@me", "/oauth2/@me"}),
        ("guilds", {"/users/@me/guilds", "/oauth2/@me"}),
        ("guilds.members.read", {"/users/@me/guilds/GUILD/member", "/oauth2/@me"}),
    ],
)
async def test_token_reads_only_what_its_scopes_hold(
    browser: Browser, edge: WebEdge, local: LocalDiscord, scope: str, readable: set[str]
) -> None:
    access = (await logged_in(browser, edge, scope=scope))["access_token"]
    paths = [
        "/users/@me",
        "/users/@me/guilds",
        "/users/@me/guilds/GUILD/member",
        "/oauth2/@me",
        "/gateway/bot",
    ]
    guild = local.world.guild("atelier").id
    answers = {path: await edge.read(access, path.replace("GUILD", guild)) for path in paths}
    assert {path for path, (status, _) in answers.items() if status == 200} == readable
    assert {status for status, _ in answers.values()} == {200, 401}


async def test_email_needs_its_scope(browser: Browser, edge: WebEdge) -> None:
    access = (await logged_in(browser, edge, scope="identify"))["access_token"]
    user = (await edge.read(access, "/users/@me"))[1]
    assert not {"email", "verified"} & user.keys()


async def test_member_of_another_guild_is_unknown(people: People, browser: Browser, edge: WebEdge) -> None:
    await people.post("world", guilds=[{"name": "annex"}])
    access = (await logged_in(browser, edge))["access_token"]
    guild = people.local.world.guild("annex").id
    assert (await edge.read(access, f"/users/@me/guilds/{guild}/member"))[1]["code"] == 10004


async def test_bot_token_and_nonsense_are_no_access_tokens(people: People, edge: WebEdge) -> None:
    for token in (people.about["token"], "", "nonsense", "ü"):
        assert (await edge.read(token, "/users/@me"))[0] == 401


async def test_code_counts_once(browser: Browser, edge: WebEdge) -> None:
    code = await browser.code()
    assert (await edge.exchange(code))[0] == 200
    status, answer = await edge.exchange(code)
    assert status == 400
    assert answer == {"error": "invalid_grant", "error_description": 'Invalid "code" in request.'}


async def test_code_ends_after_ten_minutes_of_the_clock(
    people: People, browser: Browser, edge: WebEdge
) -> None:
    early, late = await browser.code(), await browser.code()
    await people.post("clock", advance_s=590)
    assert (await edge.exchange(early))[0] == 200
    await people.post("clock", advance_s=20)
    assert (await edge.exchange(late))[1]["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "redirect", ["", "http://127.0.0.1:8480/login/back/", "http://localhost:8480/login/back"]
)
async def test_code_needs_its_own_redirect_uri(browser: Browser, edge: WebEdge, redirect: str) -> None:
    assert (await edge.exchange(await browser.code(), redirect_uri=redirect))[1]["error"] == "invalid_grant"


async def test_code_of_one_application_is_nothing_to_another(
    people: People, browser: Browser, edge: WebEdge
) -> None:
    other = await people.post("applications", name="Other")
    code = await browser.code()
    client = (other["application_id"], other["client_secret"])
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert (await edge.post("/v10/oauth2/token", client, **form))[1]["error"] == "invalid_grant"
    assert (await edge.exchange(code))[0] == 200


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"code_verifier": VERIFIER}, 200),
        ({"code_verifier": VERIFIER + "x"}, 400),
        ({"code_verifier": "ü"}, 400),
        ({}, 400),
    ],
    ids=["right", "wrong", "not ASCII", "missing"],
)
async def test_code_with_a_challenge_needs_its_verifier(
    browser: Browser, edge: WebEdge, more: dict[str, str], expected: int
) -> None:
    code = await browser.code(code_challenge=CHALLENGE, code_challenge_method="S256")
    assert (await edge.exchange(code, **more))[0] == expected


async def test_client_may_log_in_by_the_body_and_without_a_version(people: People, edge: WebEdge) -> None:
    client_id, secret = edge.client
    form = {"grant_type": "client_credentials", "scope": "identify"}
    url = f"{people.about['base']}/api/oauth2/token"
    for more, expected in (({"client_secret": secret}, 200), ({"client_secret": "x"}, 401), ({}, 401)):
        async with people.session.post(url, data=form | {"client_id": client_id} | more) as response:
            assert response.status == expected
            answer = await response.json(content_type=None)
            assert expected == 200 or answer == {"error": "invalid_client"}


@pytest.mark.parametrize("header", ["Basic !", "Basic dW5rbm93bjp4", "Basic /w==", "Bearer x"])
async def test_refuses_a_client_that_is_none(people: People, header: str) -> None:
    url, form = f"{people.about['api']}/oauth2/token", {"grant_type": "client_credentials"}
    async with people.session.post(url, data=form, headers={"Authorization": header}) as response:
        assert (response.status, await response.json(content_type=None)) == (401, {"error": "invalid_client"})


async def test_client_credentials_act_for_the_owner_without_refresh(edge: WebEdge) -> None:
    status, token = await edge.post(
        "/v10/oauth2/token", grant_type="client_credentials", scope="identify guilds"
    )
    assert (status, "refresh_token" in token) == (200, False)
    assert (await edge.read(token["access_token"], "/users/@me"))[1]["username"] == "mod"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"scope": "identify"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "identify everything"}, "invalid_scope"),
        ({"grant_type": "authorization_code"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
    ],
    ids=str,
)
async def test_refuses_a_bad_token_request(edge: WebEdge, form: dict[str, str], error: str) -> None:
    status, answer = await edge.post("/v10/oauth2/token", **form)
    assert (status, answer["error"]) == (400, error)


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/token/revoke"])
async def test_token_routes_take_forms_only(people: People, edge: WebEdge, path: str) -> None:
    headers = {"Authorization": aiohttp.encode_basic_auth(*edge.client)}
    body = {"grant_type": "client_credentials", "scope": "identify"}
    async with people.session.post(people.about["api"] + path, json=body, headers=headers) as response:
        assert response.status == 400
        assert (await response.json(content_type=None))["error"] == "invalid_request"


async def test_access_token_ends_after_a_week_and_is_refreshed(
    people: People, browser: Browser, edge: WebEdge
) -> None:
    old = await logged_in(browser, edge)
    await people.post("clock", advance_s=604_801)
    assert (await edge.read(old["access_token"], "/users/@me"))[0] == 401
    status, fresh = await edge.refresh(old["refresh_token"])
    assert (status, fresh["scope"]) == (200, SCOPES)
    assert (await edge.read(fresh["access_token"], "/users/@me"))[0] == 200


async def test_refreshing_voids_the_tokens_before(browser: Browser, edge: WebEdge) -> None:
    old = await logged_in(browser, edge)
    fresh = (await edge.refresh(old["refresh_token"]))[1]
    assert (await edge.refresh(old["refresh_token"]))[1]["error"] == "invalid_grant"
    assert (await edge.read(old["access_token"], "/users/@me"))[0] == 401
    assert (await edge.read(fresh["access_token"], "/users/@me"))[0] == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_revoking_ends_every_token_of_that_member_and_no_other(
    browser: Browser, edge: WebEdge, which: str
) -> None:
    first, second = await logged_in(browser, edge), await logged_in(browser, edge)
    other = await logged_in(browser, edge, "ben")
    assert (await edge.post("/v10/oauth2/token/revoke", token=first[which]))[0] == 200
    statuses = [(await edge.read(one["access_token"], "/users/@me"))[0] for one in (first, second, other)]
    assert statuses == [401, 401, 200]
    assert (await edge.refresh(second["refresh_token"]))[0] == 400


async def test_revoking_needs_the_client_and_forgives_an_unknown_token(edge: WebEdge) -> None:
    assert (await edge.post("/v10/oauth2/token/revoke", token="unknown"))[0] == 200
    client = (edge.client[0], "wrong")
    assert (await edge.post("/v10/oauth2/token/revoke", client, token="x"))[0] == 401


async def test_only_so_many_log_ins_of_one_member_stay_valid(browser: Browser, edge: WebEdge) -> None:
    tokens = [await logged_in(browser, edge) for _ in range(TOKENS_PER_GRANT + 1)]
    statuses = [(await edge.read(one["access_token"], "/users/@me"))[0] for one in tokens]
    assert statuses == [401] + [200] * TOKENS_PER_GRANT
