"""The consent page over HTTP: who may see it, what it refuses, where it sends people, and the bot that it adds."""

from typing import Any

import pytest
from yarl import URL

from playground.discord.local import LocalDiscord
from playground.discord.permissions import bits_of
from tests.playground.discord.conftest import People
from tests.playground.discord.ear import listening
from tests.playground.discord.web_login import REDIRECT, TOKEN, Browser, WebEdge, visiting


@pytest.fixture
async def browser(people: People) -> Browser:
    return await visiting(people)


async def test_yes_and_no_lead_back_with_the_state_as_it_came(browser: Browser) -> None:
    for decision, expected in (("authorise", "code"), ("cancel", "error")):
        response = await browser.decide(browser.address(), decision=decision)
        target = URL(response.headers["Location"])
        assert (response.status, str(target.with_query(None))) == (303, REDIRECT)
        assert (expected in target.query, target.query["state"]) == (True, "a+b &c")
    assert target.query["error"] == "access_denied"


async def test_redirect_keeps_a_query_of_its_own(browser: Browser) -> None:
    response = await browser.decide(browser.address(redirect_uri=REDIRECT + "?next=%2Fhome", state=None))
    target = URL(response.headers["Location"])
    assert (target.query["next"], "code" in target.query, "state" in target.query) == ("/home", True, False)


async def test_page_names_application_wishes_and_way_back_escaped(people: People, browser: Browser) -> None:
    other = await people.post("applications", name="<b>Evil & Co</b>")
    uris = {"application": other["application_id"], "redirect_uris": ["https://evil.example/back"]}
    await people.post("world", applications=[uris], users=[{"name": "eve", "global_name": "<i>Eve</i>"}])
    url = browser.address(client_id=other["application_id"], redirect_uri=None, scope="identify email guilds")
    response = await browser.ask("GET", url)
    page = await response.text()
    for shown in (
        "&lt;b&gt;Evil &amp; Co&lt;/b&gt;",
        "&lt;i&gt;Eve&lt;/i&gt;",
        "evil.example",
        "See your e-mail address",
    ):
        assert shown in page
    for raw in ("<b>", "<i>", "<script", "style="):
        assert raw not in page
    policy = response.headers["Content-Security-Policy"]
    assert "form-action 'self' https://evil.example" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"client_id": "1"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1.evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8480@evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8480/back#here"}, "redirect_uri"),
        ({"redirect_uri": "http://127.0.0.1:8480/;form-action *"}, "redirect_uri"),
        ({"redirect_uri": "https://127.0.0.1/"}, "redirect_uri"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_uri"),
    ],
    ids=str,
)
async def test_refuses_on_its_own_page_what_must_not_be_sent_back(
    browser: Browser, query: dict[str, Any], sentence: str
) -> None:
    response = await browser.ask("GET", browser.address(**query))
    assert (response.status, "Location" in response.headers) == (400, False)
    assert sentence in await response.text()


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"scope": "identify everything"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "x" * 43}, "invalid_request"),
    ],
    ids=str,
)
async def test_sends_back_a_request_that_cannot_be_allowed(
    browser: Browser, query: dict[str, Any], error: str
) -> None:
    response = await browser.ask("GET", browser.address(**query))
    target = URL(response.headers["Location"])
    assert (target.query["error"], target.query["state"]) == (error, "a+b &c")


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "http://localhost:65000/a/b?c=d", "http://localhost"]
)
async def test_own_application_may_go_back_to_every_port_of_this_machine(
    browser: Browser, address: str
) -> None:
    assert (await browser.ask("GET", browser.address(redirect_uri=address))).status == 200


async def test_registered_addresses_count_letter_by_letter(people: People, browser: Browser) -> None:
    await people.post("world", applications=[{"redirect_uris": ["https://limner.example/back", REDIRECT]}])
    cases = {
        "https://limner.example/back": 200,
        REDIRECT: 200,
        "https://limner.example/back/": 400,
        "https://LIMNER.example/back": 400,
        "http://127.0.0.1:1/": 400,
    }
    found = {one: (await browser.ask("GET", browser.address(redirect_uri=one))).status for one in cases}
    assert found == cases
    first = await browser.decide(browser.address(redirect_uri=None))
    assert first.headers["Location"].startswith("https://limner.example/back?")
    about = (await people.rest("GET", "/applications/@me"))[1]
    assert about["redirect_uris"] == ["https://limner.example/back", REDIRECT]


async def test_further_application_has_no_redirect_until_one_is_registered(
    people: People, browser: Browser
) -> None:
    other = await people.post("applications", name="Other")
    url = browser.address(client_id=other["application_id"])
    assert (await browser.ask("GET", url)).status == 400
    await people.post("world", applications=[{"application": "Other", "redirect_uris": [REDIRECT]}])
    assert (await browser.ask("GET", url)).status == 200


async def test_without_key_or_cookie_the_page_says_what_to_do(people: People) -> None:
    stranger = Browser(people)
    for cookie in ("", "playground_1=x", f"playground_{URL(people.about['base']).port}=.00"):
        stranger.cookie = cookie
        response = await stranger.ask("GET", stranger.address())
        assert response.status == 403
        assert "Open the playground&#x27;s own page first" in await response.text()
    assert (await stranger.ask("POST", stranger.address(), decision="authorise")).status == 403


async def test_key_in_the_address_counts_once_and_goes_from_it(people: People) -> None:
    visitor = Browser(people)
    response = await visitor.ask("GET", visitor.address(key=people.about["key"]))
    assert (response.status, response.headers["Location"]) == (303, str(visitor.address().relative()))
    assert "httponly" in response.headers["Set-Cookie"].lower()
    assert "samesite=lax" in response.headers["Set-Cookie"].lower()
    assert people.about["key"] not in visitor.cookie
    assert (await visitor.ask("GET", visitor.address())).status == 200


async def test_form_of_another_page_counts_for_nothing(people: People, browser: Browser) -> None:
    member = people.local.world.user("ada").id
    form = {"decision": "authorise", "user": member}
    for token in ({}, {"token": "00"}, {"token": "ü"}):
        assert (await browser.ask("POST", browser.address(), **form, **token)).status == 403
    page = browser.address(scope="identify")
    got = await browser.decide(page)
    assert got.status == 303
    # a form is made for one request: it does not fit another one with wider scopes
    token_of_page = TOKEN.search(await (await browser.ask("GET", page)).text())
    assert token_of_page is not None
    wider = browser.address(scope="identify guilds email")
    assert (await browser.ask("POST", wider, token=token_of_page[1], **form)).status == 403


@pytest.mark.parametrize("user", ["", "1", "BOT"])
async def test_only_a_person_can_say_yes(people: People, browser: Browser, user: str) -> None:
    page = await (await browser.ask("GET", browser.address())).text()
    token = TOKEN.search(page)
    assert token is not None
    chosen = user.replace("BOT", people.about["application_id"])
    form = {"token": token[1], "decision": "authorise", "user": chosen}
    assert (await browser.ask("POST", browser.address(), **form)).status == 400


async def test_prompt_none_skips_the_page_only_for_what_was_allowed_before(
    people: People, browser: Browser
) -> None:
    edge = WebEdge(people)
    quiet = browser.address(prompt="none")
    assert (await browser.ask("GET", quiet)).status == 200
    await edge.exchange(await browser.code("ben"))
    again = await browser.ask("GET", quiet)
    assert again.status == 303
    access = (await edge.exchange(URL(again.headers["Location"]).query["code"]))[1]["access_token"]
    assert (await edge.read(access, "/users/@me"))[1]["username"] == "ben"
    assert (await browser.ask("GET", browser.address(prompt="none", scope="identify email"))).status == 200
    assert (await browser.ask("GET", browser.address(prompt="consent"))).status == 200
    await edge.post("/v10/oauth2/token/revoke", token=access)
    assert (await browser.ask("GET", quiet)).status == 200


INVITE: dict[str, str | None] = {
    "scope": "bot applications.commands",
    "response_type": None,
    "redirect_uri": None,
    "state": None,
}


async def test_bot_is_added_with_a_role_of_what_was_asked(people: People, browser: Browser) -> None:
    other = await people.post("applications", name="Other Bot", guilds=[])
    mask = bits_of(["SEND_MESSAGES", "ATTACH_FILES"])
    url = browser.address(**INVITE | {"client_id": other["application_id"], "permissions": str(mask)})
    guild = people.local.world.guild("atelier")
    async with listening(people.session, people.about["gateway"], other["token"], guilds=0) as ear:
        response = await browser.decide(url, "mod", guild_id=guild.id)
        assert (response.status, "Other Bot is in atelier now." in await response.text()) == (200, True)
        made = await ear.hear("GUILD_CREATE")
    own = next(one for one in made["members"] if one["user"]["id"] == other["application_id"])
    role = next(one for one in made["roles"] if one["id"] in own["roles"])
    assert (role["name"], role["permissions"]) == ("Other Bot", str(mask))


async def test_bot_is_added_and_the_web_edge_hears_where(people: People, browser: Browser) -> None:
    guild = (await people.post("world", guilds=[{"name": "annex", "bots": False, "owner": "ada"}]))["guilds"][
        1
    ]
    url = browser.address(scope="identify bot", permissions="2048", guild_id=guild["id"])
    response = await browser.decide(url, "ada", guild_id=guild["id"])
    back = URL(response.headers["Location"]).query
    assert (back["guild_id"], back["permissions"]) == (guild["id"], "2048")
    token = (await WebEdge(people).exchange(back["code"]))[1]
    assert (token["guild"]["name"], token["scope"]) == ("annex", "identify bot")


async def test_member_without_manage_guild_adds_nothing(people: People, browser: Browser) -> None:
    other = await people.post("applications", name="Other", guilds=[])
    guild = people.local.world.guild("atelier").id
    url = browser.address(**INVITE | {"client_id": other["application_id"]})
    response = await browser.decide(url, "ada", guild_id=guild)
    assert response.status == 403
    assert "Ada may not manage atelier" in await response.text()
    assert (guild, other["application_id"]) not in people.local.world.members
    assert (await browser.decide(url, "mod", guild_id="1")).status == 400


async def test_page_offers_the_servers_that_somebody_may_manage(people: People, browser: Browser) -> None:
    await people.post("world", users=["eve"], guilds=[{"name": "annex", "bots": False, "owner": "eve"}])
    annex = people.local.world.guild("annex").id
    page = await (await browser.ask("GET", browser.address(**INVITE | {"guild_id": annex}))).text()
    assert f'<option value="{annex}" selected>annex</option>' in page
    assert ">atelier</option>" in page
    fixed = INVITE | {"guild_id": annex, "disable_guild_select": "true"}
    assert ">atelier</option>" not in await (await browser.ask("GET", browser.address(**fixed))).text()


async def test_application_is_installed_for_the_member(
    people: People, browser: Browser, local: LocalDiscord
) -> None:
    url = browser.address(**INVITE | {"scope": "applications.commands", "integration_type": "1"})
    response = await browser.decide(url, "ben")
    assert "Limner is in Ben&#x27;s account now." in await response.text()
    assert local.world.installs == {(local.world.user("ben").id, people.about["application_id"])}


async def test_cancelled_invitation_changes_nothing(people: People, browser: Browser) -> None:
    other = await people.post("applications", name="Other", guilds=[])
    response = await browser.decide(
        browser.address(**INVITE | {"client_id": other["application_id"]}), "mod", "cancel"
    )
    assert (response.status, "Nothing was changed" in await response.text()) == (200, True)
    assert not list(people.local.world.guilds_of(other["application_id"]))
