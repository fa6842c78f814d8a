"""Commands as they are kept: ids, versions, creates a day, and the locale that a list is asked for in."""

from typing import Any

from tests.playground.discord.conftest import People, Value
from tests.playground.discord.refusals.parts import command, option
from tests.playground.discord.refusals.scene import commands

GERMAN = command(
    name_localizations={"de": "malen"},
    description_localizations={"de": "Malt", "fr": "Peint"},
    options=[
        option(
            name_localizations={"de": "saat"},
            choices=[{"name": "one", "value": "1", "name_localizations": {"de": "eins"}}],
        )
    ],
)


def many(prefix: str) -> list[dict[str, Any]]:
    return [command(name=f"{prefix}{index}") for index in range(100)]


async def listed(people: People, query: str = "", **headers: str) -> Value:
    url = people.about["api"] + await commands(people) + query
    headers |= {"Authorization": f"Bot {people.about['token']}"}
    async with people.session.get(url, headers=headers) as response:
        return await response.json()


async def test_keeps_a_commands_id_when_it_is_registered_again(people: People) -> None:
    path = await commands(people)
    first = (await people.rest("PUT", path, [command()]))[1][0]
    same = (await people.rest("PUT", path, [command()]))[1][0]
    other = (await people.rest("PUT", path, [command(description="Other")]))[1][0]
    assert first == same
    assert (first["id"], first["version"] != other["version"]) == (other["id"], True)


async def test_gives_permissions_back_as_text_when_they_came_as_a_number(people: People) -> None:
    path = await commands(people)
    made = (await people.rest("PUT", path, [command(default_member_permissions=8)]))[1][0]
    assert made["default_member_permissions"] == "8"


async def test_creating_answers_201_and_overwriting_200(people: People) -> None:
    path = await commands(people)
    assert [(await people.rest("POST", path, command()))[0] for _ in range(2)] == [201, 200]


async def test_refuses_the_201st_create_of_a_day_for_one_scope(people: People) -> None:
    path = await commands(people)
    guild = people.local.world.guild("atelier").id
    for bodies in (many("a"), many("b"), [command(name="b1")]):
        assert (await people.rest("PUT", path, bodies))[0] == 200
    refused = await people.rest("POST", path, command(name="c"))
    assert (refused[0], refused[1]["code"]) == (400, 30034)
    assert (await people.rest("POST", path, command(name="b1", description="Other")))[0] == 200
    of_guild = path.replace("/commands", f"/guilds/{guild}/commands")
    assert (await people.rest("POST", of_guild, command(name="c")))[0] == 201
    await people.post("clock", advance_s=24 * 3600 + 1)
    assert (await people.rest("PUT", path, [command(name="c")]))[0] == 200


async def test_lists_the_names_of_the_callers_locale(people: People) -> None:
    await people.rest("POST", await commands(people), GERMAN)
    german = (await listed(people, **{"X-Discord-Locale": "de"}))[0]
    assert (german["name"], german["name_localized"]) == ("paint", "malen")
    assert german["description_localized"] == "Malt"
    assert german["options"][0]["name_localized"] == "saat"
    assert german["options"][0]["choices"][0]["name_localized"] == "eins"
    french = (await listed(people, **{"Accept-Language": "fr"}))[0]
    assert (french.get("name_localized"), french["description_localized"]) == (None, "Peint")
    assert "name_localizations" not in german


async def test_lists_all_translations_when_asked(people: People) -> None:
    await people.rest("POST", await commands(people), GERMAN)
    full = (await listed(people, "?with_localizations=true"))[0]
    assert full["name_localizations"] == {"de": "malen"}
    assert full["options"][0]["choices"][0]["name_localizations"] == {"de": "eins"}
    assert "name_localized" not in full


async def test_a_guilds_command_hides_the_global_one_of_its_name(people: People) -> None:
    path = await commands(people)
    guild = people.local.world.guild("atelier").id
    of_guild = path.replace("/commands", f"/guilds/{guild}/commands")
    await people.rest("POST", path, command())
    own = (await people.rest("POST", of_guild, command(description="Here")))[1]
    offered = (await people.get("commands?user=ada&channel=lounge"))["commands"]
    assert [one["id"] for one in offered] == [own["id"]]
