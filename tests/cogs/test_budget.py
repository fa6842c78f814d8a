"""`/budget` over the wire of a local Discord."""

import pytest

from cogs._budget_words import list_text, show_text
from cogs._errors import sentence_of
from db.money.budgets import Budget, RunningBudget, Spent
from services.budgets import BudgetView
from services.errors import LimitError
from services.models import BudgetOwner, Period
from tests.cogs.house import House, Json, said
from tests.services.providers.stand_in import COST_MICRO_USD

NOTHING = {Period.DAY: 0, Period.MONTH: 0}
MODEL = "scripted/quick"


async def budget(house: House, verb: str, *, user: str = "mod", **options: object) -> Json:
    """Type `/budget VERB`."""
    body = {"user": user, "channel": "portraits", "name": "budget", "subcommand": verb, "options": options}
    answer: Json = await house.act("slash?wait=done", **body)
    assert answer["ephemeral"]
    return answer


async def told(house: House, verb: str, *, user: str = "mod", **options: object) -> str:
    """Type `/budget VERB` and return what it says."""
    return said((await budget(house, verb, user=user, **options))["message"])


async def refused(
    house: House, verb: str, user: str, channel: str = "portraits", /, **options: object
) -> str:
    """Type `/budget VERB` and return what is said at once: a refusal waits for nothing."""
    body = {"user": user, "channel": channel, "name": "budget", "subcommand": verb, "options": options}
    answer = await house.act("slash", **body)
    assert answer["ephemeral"]
    return said(answer["message"])


async def paint(house: House, *, user: str = "ada") -> Json:
    """Paint one picture that costs four cents."""
    return await house.slash("imagine", user=user, prompt="a lighthouse", model=MODEL)


def id_of(house: House, name: str) -> str:
    """Return a person's id."""
    return house.local.world.user(name).id


async def new_role(house: House, name: str, *, member: str) -> str:
    """Make a role, give it to somebody, and return its id."""
    [guild] = house.bot.guilds
    role = {"guild": guild.name, "name": name}
    await house.act("world", roles=[role])
    found = next(each for each in house.local.world.roles.values() if each.name == name)
    await house.act("world", members=[{"guild": guild.name, "user": member, "roles": [name]}])
    return found.id


async def test_a_manager_limits_the_server_and_the_next_picture_is_refused(house: House) -> None:
    kept = await told(house, "set", period="day", dollars=0.05)
    assert "all members together may spend at most $0.05 a day here" in kept
    painted = await paint(house)
    assert len(painted["message"]["attachments"]) == 1
    await paint(house)
    await house.until_anything_said("this server has used $0.04 of its $0.05 for today")
    assert house.studio.server.paid_submits == 1


async def test_a_persons_own_limit_counts_for_that_person_alone(house: House) -> None:
    text = await told(house, "set", period="month", dollars=0, member=id_of(house, "ada"))
    assert f"<@{id_of(house, 'ada')}> may spend nothing in any month here" in text
    await paint(house)
    await house.until_anything_said(
        "you have used $0.00 of the $0.00 that this server lets you spend this month"
    )
    painted = await paint(house, user="mod")
    assert len(painted["message"]["attachments"]) == 1


async def test_a_roles_limit_counts_for_who_has_it(house: House) -> None:
    role = await new_role(house, "painters", member="ada")
    assert f"each member with <@&{role}> may spend at most $0.02" in await told(
        house, "set", period="day", dollars=0.02, role=role
    )
    await paint(house)
    await house.until_anything_said("that this server lets you spend today")
    assert f"You here, by <@&{role}>: $0.00 of $0.02 today" in await told(house, "show", user="ada")


async def test_everybody_sees_what_they_spent_and_what_limits_them(house: House) -> None:
    await told(house, "set", period="day", dollars=1)
    await paint(house)
    text = await told(house, "show", user="ada")
    assert "Here, with this server's key or this bot's: $0.04 today, $0.04 this month" in text
    assert "With your own keys, everywhere: $0.00 today" in text
    assert "All members here together: $0.04 of $1.00 today; begins anew in" in text
    assert "You, with this bot's own keys in all servers: $0.04 of $" in text
    assert "this bot's: $0.00 today" in await told(house, "show", user="ben")


async def test_limits_are_listed_and_taken_away(house: House) -> None:
    assert "has set no limits" in await told(house, "list")
    await told(house, "set", period="day", dollars=2.5)
    await told(house, "set", period="month", dollars=20, member=id_of(house, "ada"))
    listed = await told(house, "list")
    assert "- all members together: $2.50 a day" in listed
    assert f"- <@{id_of(house, 'ada')}>: $20.00 a month" in listed
    assert "That limit is gone" in await told(house, "clear", period="day")
    assert "There is no such limit" in await told(house, "clear", period="day")
    assert "all members" not in await told(house, "list")


@pytest.mark.parametrize(
    ("verb", "options"),
    [("set", {"period": "day", "dollars": 5}), ("clear", {"period": "day"}), ("list", {})],
)
async def test_who_does_not_manage_the_server_changes_and_lists_nothing(
    house: House, verb: str, options: dict[str, object]
) -> None:
    await told(house, "set", period="day", dollars=2.5)
    text = await refused(house, verb, "ada", **options)
    assert "those who may manage the server" in text
    assert "$2.50 a day" in await told(house, "list")


async def test_a_role_and_a_person_at_once_are_refused(house: House) -> None:
    role = await new_role(house, "painters", member="ada")
    both = {"role": role, "member": id_of(house, "ada")}
    text = await refused(house, "set", "mod", period="day", dollars=1, **both)
    assert "Choose a role or a member, not both" in text
    assert "has set no limits" in await told(house, "list")


async def test_outside_of_servers_one_sees_ones_own_keys_and_sets_nothing(house: House) -> None:
    body = {"user": "ada", "channel": "dm", "name": "budget", "subcommand": "show", "options": {}}
    shown = said((await house.act("slash?wait=done", **body))["message"])
    assert "With your own keys, everywhere" in shown
    assert "this server's key" not in shown
    assert "Limits belong to a server" in await refused(house, "list", "mod", "dm")


def test_a_refusal_names_price_spending_limit_and_when_it_is_free_again() -> None:
    error = LimitError(
        "user_budget",
        retry_after_s=5 * 86_400,
        price_micro_usd=COST_MICRO_USD,
        spent_micro_usd=0,
        cap_micro_usd=10_000,
        period="month",
    )
    text = sentence_of(error)
    assert "That would cost $0.04, and you have used $0.00 of the $0.01" in text
    assert "this month. Try again in 5 days. Nothing was charged." in text


def test_long_lists_of_limits_fit_into_a_message() -> None:
    many = [Budget(BudgetOwner.ROLE, 10**18 + n, Period.DAY, 1) for n in range(200)]
    assert len(list_text(many)) <= 4000
    running = tuple(RunningBudget(each, 1, 60) for each in many)
    text = show_text(BudgetView(Spent(NOTHING, NOTHING), running, 0, None), is_in_server=True)
    assert len(text) <= 4000
