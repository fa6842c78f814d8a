"""`/settings` over the wire of a local Discord, in both languages."""

import pytest

from tests.cogs.house import House, Json, button, said

MODEL = "scripted/quick"


async def type_in(house: House, verb: str, user: str, channel: str, options: dict[str, object]) -> Json:
    body = {"user": user, "channel": channel, "name": "settings", "subcommand": verb, "options": options}
    answer: Json = await house.act("slash?wait=done", **body)
    assert answer["ephemeral"]
    return answer


async def me(house: House, *, user: str = "ada", channel: str = "portraits", **options: object) -> str:
    """Type `/settings me` and return what it says."""
    return said((await type_in(house, "me", user, channel, options))["message"])


async def server(house: House, *, user: str = "mod", channel: str = "portraits", **options: object) -> str:
    """Type `/settings server` and return what it says."""
    return said((await type_in(house, "server", user, channel, options))["message"])


async def refused(
    house: House, verb: str, user: str, channel: str = "portraits", /, **options: object
) -> str:
    """Type a command and return what is said at once: a refusal waits for nothing."""
    body = {"user": user, "channel": channel, "name": "settings", "subcommand": verb, "options": options}
    answer = await house.act("slash", **body)
    assert answer["ephemeral"]
    return said(answer["message"])


async def suggested(house: House, verb: str, option: str, value: str, *, user: str = "mod") -> list[str]:
    """Return the values that are suggested for an option."""
    answer = await house.act(
        "autocomplete",
        user=user, channel="portraits", name="settings", subcommand=verb, option=option, value=value,
    )  # fmt: skip
    return [choice["value"] for choice in answer["choices"]]


async def models_suggested(house: House, value: str) -> list[str]:
    """Return the models that are suggested to who paints."""
    answer = await house.act(
        "autocomplete", user="ada", channel="portraits", name="imagine", option="model", value=value
    )
    return [choice["value"] for choice in answer["choices"]]


async def test_a_look_says_what_holds_and_why(house: House) -> None:
    text = await me(house)
    assert "**Sketch painter** `sketch` (nobody has chosen one)" in text
    assert "**Private**: no" in text
    assert "**Direct messages**: no" in text
    assert "**Language**: English (as your Discord is set)" in text


async def test_a_default_model_paints_until_it_is_taken_back(house: House) -> None:
    text = await me(house, model=MODEL)
    assert "### Kept." in text
    assert f"**Quick** `{MODEL}` (your choice)" in text
    await house.slash("imagine", prompt="a lighthouse")
    assert house.studio.server.paid_submits == 1
    await me(house, model="default")
    await house.slash("imagine", prompt="a lighthouse")
    assert house.studio.server.paid_submits == 1


async def test_pictures_are_private_from_the_moment_that_they_are_to_be(house: House) -> None:
    assert "(your choice)" in await me(house, private=True)
    assert (await house.slash("portrait"))["ephemeral"]
    assert not (await house.slash("portrait", private=False))["ephemeral"]
    assert not (await house.slash("portrait", user="ben"))["ephemeral"]
    assert "**Private**: no" in await me(house, private=False)
    assert not (await house.slash("portrait"))["ephemeral"]


async def test_whoever_chooses_german_is_answered_in_german(house: House) -> None:
    text = await me(house, language="de", direct_messages=True)
    assert "### Gespeichert. Deine Einstellungen sind jetzt" in text
    assert "**Sprache**: Deutsch (deine Wahl)" in text
    assert "darf dir als Direktnachricht kommen" in text
    assert "### Your settings" in await me(house, user="ben")
    assert "### Kept." in await me(house, language="default")


async def test_german_names_the_commands_as_an_english_discord_shows_them(house: House) -> None:
    await me(house, language="de")
    told = said((await house.slash("help"))["message"])
    assert "Limner malt Porträts" in told
    assert "`/portrait`" in told
    assert "porträt" not in told.replace("Porträt", "")
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    assert "`/porträt`" in said((await house.slash("help"))["message"])


async def test_results_speak_the_language_that_was_chosen_and_not_that_of_discord(house: House) -> None:
    await me(house, language="de")
    message = (await house.slash("portrait"))["message"]
    again = (await house.click(message, button(message, "same")))["message"]
    assert "derselbe Seed" in said(again)
    bens = (await house.click(message, button(message, "same"), user="ben"))["message"]
    assert "same seed" in said(bens)


async def test_a_servers_settings_hold_for_its_members_who_have_none(house: House) -> None:
    text = await server(house, model=MODEL, language="de", private=True)
    assert f"**Modell**, wenn jemand keines nennt: **Quick** `{MODEL}`" in text
    assert "**Sprache**: Deutsch, für alle" in text
    seen = await me(house)
    assert "(Wahl dieses Servers)" in seen
    assert (await house.slash("portrait"))["ephemeral"]
    assert house.studio.server.paid_submits == 1
    assert "(as your Discord is set)" in await me(house, channel="dm")


async def test_what_a_server_does_not_allow_is_not_suggested_and_refused_with_what_can_paint(
    house: House,
) -> None:
    assert MODEL in await models_suggested(house, "quick")
    assert "**Allowed models**: **Sketch**, and nothing else" in await server(house, allow="sketch")
    assert await models_suggested(house, "") == ["sketch"]
    await house.slash("imagine", prompt="a lighthouse", model=MODEL)
    await house.until_anything_said("Quick is not allowed in this server")
    assert house.studio.server.paid_submits == 0
    assert "only some models are allowed" in await me(house)
    assert "**Allowed models**: all" in await server(house, allow="all")
    assert MODEL in await models_suggested(house, "quick")


async def test_a_default_that_is_not_allowed_here_gives_way_and_the_picture_says_so(house: House) -> None:
    await me(house, model=MODEL)
    await server(house, allow="sketch")
    assert "It paints because your default Quick is not allowed in this server." in await me(house)
    painted = await house.slash("portrait")
    assert "your default Quick is not allowed in this server" in said(painted["message"])
    assert house.studio.server.paid_submits == 0


async def test_caps_are_set_shown_and_lifted(house: House) -> None:
    text = await server(house, safety_tolerance="2", safety_checker="true", moderation="auto")
    assert "the safety checker stays on; `moderation` stays at auto; `safety_tolerance` at most 2" in text
    assert "-# In this server: the safety checker stays on" in await me(house)
    lifted = dict.fromkeys(("safety_tolerance", "safety_checker", "moderation"), "default")
    assert "the image services' own settings" in await server(house, **lifted)


async def test_budgets_are_shown_with_the_way_to_them(house: House) -> None:
    assert "**Budgets**: none. `/budget set` sets one." in await server(house)
    body = {"user": "mod", "channel": "portraits", "name": "budget", "subcommand": "set"}
    await house.act("slash?wait=done", **body, options={"period": "day", "dollars": 1})
    assert "**Budgets**: 1 limit. `/budget list` shows it" in await server(house)


@pytest.mark.parametrize("options", [{}, {"private": True}, {"allow": "sketch"}])
async def test_who_does_not_manage_the_server_sees_and_changes_nothing_of_it(
    house: House, options: dict[str, object]
) -> None:
    text = await refused(house, "server", "ada", **options)
    assert "those who may manage the server" in text
    assert "**Allowed models**: all" in await server(house)
    assert not (await house.slash("portrait"))["ephemeral"]


async def test_outside_of_servers_there_are_no_settings_of_one(house: House) -> None:
    assert "These settings belong to a server" in await refused(house, "server", "mod", "dm")


@pytest.mark.parametrize(
    ("verb", "options", "sentence"),
    [
        ("me", {"model": "../../x"}, "I know no model"),
        ("me", {"model": "fal/codeformer"}, "cannot be a default: it needs a picture to look at"),
        ("server", {"forbid": "nobody"}, "I know no model"),
    ],
)
async def test_what_cannot_be_set_is_said_at_once(
    house: House, verb: str, options: dict[str, object], sentence: str
) -> None:
    assert sentence in await refused(house, verb, "mod", **options)


async def test_what_would_contradict_itself_is_said_and_nothing_is_changed(house: House) -> None:
    await server(house, model="sketch")
    assert "would not be allowed in it" in await server(house, allow=MODEL)
    assert "**Allowed models**: all" in await server(house)
    await server(house, allow="sketch")
    assert "no model could paint here any more" in await server(house, forbid="sketch")


async def test_suggestions_begin_with_the_way_back(house: House) -> None:
    assert (await suggested(house, "me", "model", ""))[0] == "default"
    assert await suggested(house, "me", "model", "quick") == [MODEL]
    assert (await suggested(house, "server", "allow", ""))[:2] == ["all", "sketch"]
    assert (await suggested(house, "server", "forbid", "openai"))[0] == "openai"
    assert len(await suggested(house, "server", "allow", "")) == 25
    await server(house, allow="sketch")
    assert "fal" in await suggested(house, "server", "allow", "fal")
