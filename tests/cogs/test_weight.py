"""`/budget weight` over the wire of a local Discord."""

from cogs._errors import sentence_of
from services.errors import UserError
from tests.cogs.house import House
from tests.cogs.test_budget import new_role, refused, told


async def test_a_role_gets_a_weight_which_is_listed_and_taken_away(house: House) -> None:
    role = await new_role(house, "patrons", member="ada")
    assert "Everybody in this server waits alike" in await told(house, "weight")
    assert f"members with <@&{role}> get 3 pictures for one" in await told(
        house, "weight", role=role, weight=3
    )
    assert f"- <@&{role}>: 3" in await told(house, "weight")
    assert "counts as everybody does" in await told(house, "weight", role=role, weight=1)
    assert "Everybody in this server waits alike" in await told(house, "weight")


async def test_only_those_who_manage_the_server_may(house: House) -> None:
    role = await new_role(house, "patrons", member="ada")
    assert "manage" in await refused(house, "weight", "ada", role=role, weight=3)


async def test_half_a_weight_changes_nothing(house: House) -> None:
    said = await refused(house, "weight", "mod", weight=3)
    assert said.startswith(sentence_of(UserError("half_a_weight")))
