"""/status, /pause, /resume and /result over the wire of a local Discord."""

from dataclasses import replace

import pytest

from cogs.pause import paused_text
from cogs.result import task_text
from cogs.status import status_text
from db.jobs.job_queries import Load
from services.circuit import Call
from services.errors import ProviderBroken
from services.jobs.courier import FailedResult
from services.models import Payer
from services.pausing import Paused
from services.provider_status import Health, ProviderStatus
from services.providers.base import Running
from services.task_results import TaskResult, TaskState
from tests.cogs.house import House, said
from tests.cogs.samples import INJECTIONS

FINE = ProviderStatus("fal", "fal", Health.FINE, Payer.OPERATOR, Load(3, 2), answered_ago_s=12)
RUNNING = TaskResult(TaskState.RUNNING, "fal", "task-1", 7, running=Running(2, 0.25, "step 3 of 12"))


def user_id_of(house: House, name: str) -> int:
    """Return the id of a person of the local Discord."""
    return next(int(user.id) for user in house.local.world.users.values() if user.name == name)


def make_operator(house: House, name: str) -> None:
    """Let one person run the bot."""
    context = house.studio.context
    limits = replace(context.limits, operators=frozenset({user_id_of(house, name)}))
    house.bot.context = house.studio.context = replace(context, limits=limits)


async def test_status_names_every_service_to_the_person_alone(house: House) -> None:
    answer = await house.slash("status")

    assert answer["ephemeral"]
    text = said(answer["message"])
    assert "🟢 **Scripted**: works" in text
    assert "free, needs no key" in text


async def test_status_says_that_a_service_does_not_answer(house: House) -> None:
    for _ in range(5):
        house.studio.context.standing.record("scripted", Call.SUBMIT, ProviderBroken("provider_unreachable"))

    assert "🔴 **Scripted**: has not answered for" in said((await house.slash("status"))["message"])


async def test_an_operator_pauses_a_model_and_resumes_it(house: House) -> None:
    make_operator(house, "mod")
    paused = await house.slash("pause", user="mod", name="scripted/quick", sentence="Back on Monday.")
    await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")
    await house.until_anything_said("paused by whoever runs this bot: “Back on Monday.”")
    status = await house.slash("status")
    resumed = await house.slash("resume", user="mod", name="scripted/quick")
    painted = await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")

    assert paused["ephemeral"]
    assert "**Quick** is paused" in said(paused["message"])
    assert "⏸️ Quick: Back on Monday." in said(status["message"])
    assert "**Quick** paints again" in said(resumed["message"])
    assert len(painted["message"]["attachments"]) == 1


async def test_an_operator_pauses_a_person_who_then_reads_why_and_resumes_them(house: House) -> None:
    make_operator(house, "mod")
    paused = await house.slash("pause", user="mod", person="ada", sentence="Write to us.")
    await house.slash("portrait")
    await house.until_anything_said(
        "You are paused on this bot by whoever runs it: “Write to us.” Nothing was"
    )
    others = await house.slash("portrait", user="ben")
    ada = user_id_of(house, "ada")
    resumed = await house.slash("resume", user="mod", name=f"person/{ada}")
    painted = await house.slash("portrait")

    assert f"**<@{ada}>** is paused" in said(paused["message"])
    assert f"**<@{ada}>** is not paused any more." in said(resumed["message"])
    assert len(others["message"]["attachments"]) == len(painted["message"]["attachments"]) == 1


async def test_an_operator_pauses_a_server_by_its_name(house: House) -> None:
    make_operator(house, "mod")
    body = {"user": "mod", "channel": "portraits", "name": "pause", "option": "server", "value": ""}
    (choice,) = (await house.act("autocomplete", **body))["choices"]
    paused = await house.slash("pause", user="mod", server=choice["value"], sentence="Until Monday.")
    await house.slash("portrait")
    await house.until_anything_said("This server is paused by whoever runs this bot: “Until Monday.”")

    assert choice["name"] == f"atelier ({choice['value']})"
    assert "**atelier** is paused" in said(paused["message"])


async def test_what_servers_there_are_is_suggested_to_operators_alone(house: House) -> None:
    body = {"user": "mod", "channel": "portraits", "name": "pause", "option": "server", "value": ""}

    assert (await house.act("autocomplete", **body))["choices"] == []


@pytest.mark.parametrize("options", [{}, {"name": "scripted", "person": "ada"}, {"server": "playground"}])
async def test_a_pause_is_of_one_thing(house: House, options: dict[str, str]) -> None:
    make_operator(house, "mod")
    answer = await house.slash("pause", user="mod", sentence="Until Monday.", **options)

    assert "Name one thing to pause" in said(answer["message"])
    assert house.studio.context.standing.pauses == {}


async def test_nobody_else_may_pause(house: House) -> None:
    answer = await house.slash("pause", user="mod", name="scripted", sentence="Mine now.")

    assert answer["ephemeral"]
    assert "Only those who run this bot" in said(answer["message"])
    assert house.studio.context.standing.pauses == {}


async def test_names_to_pause_are_suggested(house: House) -> None:
    body = {"user": "mod", "channel": "portraits", "name": "pause", "option": "name", "value": "scripted"}
    choices = (await house.act("autocomplete", **body))["choices"]

    assert {"scripted", "scripted/quick"} <= {choice["value"] for choice in choices}


async def test_result_shows_the_picture_of_an_order_with_live_buttons(house: House) -> None:
    first = await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")
    answer = await house.slash("result", provider="scripted", task_id="order-1")

    assert len(answer["message"]["attachments"]) == 1
    assert said(answer["message"]).split("`")[1] == said(first["message"]).split("`")[1]


async def test_result_tells_the_owner_alone_what_is_not_there(house: House) -> None:
    await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")
    answer = await house.slash("result", provider="scripted", task_id="order-99")
    others = await house.slash("result", provider="scripted", task_id="order-1", user="ben")

    for each in (answer, others):
        assert "I know no order" in "".join(
            said(message) for message in [each["message"], *each.get("messages", [])]
        )


async def test_own_orders_are_suggested_for_the_service_that_was_chosen(house: House) -> None:
    await house.slash("imagine", prompt="a lighthouse", model="scripted/quick")
    body = {
        "user": "ada", "channel": "portraits", "name": "result", "option": "task_id", "value": "",
        "options": {"provider": "scripted"},
    }  # fmt: skip
    choices = (await house.act("autocomplete", **body))["choices"]

    assert [choice["value"] for choice in choices] == ["order-1"]
    assert (await house.act("autocomplete", **{**body, "user": "ben"}))["choices"] == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (
            FINE,
            "🟢 **fal**: works\n-# pays with this bot's key · 2 running · 3 in line · last answered 12 s ago",
        ),
        (
            replace(FINE, health=Health.DOWN, down_s=90, trial_in_s=12),
            "🔴 **fal**: has not answered for 90 s; I try again in 12 s",
        ),
        (
            replace(FINE, health=Health.ON_TRIAL, down_s=90),
            "🟡 **fal**: has not answered for 90 s; the next picture is the test",
        ),
        (replace(FINE, health=Health.PAUSED, sentence="Gone."), "⏸️ **fal**: paused: Gone."),
        (replace(FINE, payer=None), "no key for you here"),
    ],
)
def test_a_status_in_words(status: ProviderStatus, expected: str) -> None:
    assert expected in status_text([status])


@pytest.mark.parametrize("text", INJECTIONS[:4])
def test_a_pause_cannot_smuggle_anything_into_a_status(text: str) -> None:
    shown = status_text(
        [replace(FINE, health=Health.PAUSED, sentence=text, paused_models=(("Quick", text),))]
    )

    assert "@everyone" not in shown
    assert "](http" not in shown


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (RUNNING, "(2 before it in the line there, 25% done, step 3 of 12)"),
        (replace(RUNNING, running=Running()), "it is in the works at the image service."),
        (replace(RUNNING, state=TaskState.COMING), "comes as a message of its own"),
        (replace(RUNNING, state=TaskState.LOST), "it has no picture for this"),
        (
            replace(
                RUNNING,
                state=TaskState.FAILED,
                failure=FailedResult(7, "provider_broken", "failed", {}, "abc123"),
            ),
            "Reference `abc123`",
        ),
    ],
)
def test_an_order_in_words(found: TaskResult, expected: str) -> None:
    assert expected in task_text(found)


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (0, "is paused until"),
        (1, "One picture that stood in line ended"),
        (3, "3 pictures that stood in line"),
    ],
)
def test_a_pause_says_what_it_ended(ended: int, expected: str) -> None:
    assert expected in paused_text(Paused("scripted", "Scripted", ended))


def test_every_state_of_an_order_has_words() -> None:
    for state in TaskState:
        if state is not TaskState.SHOWN:
            assert task_text(replace(RUNNING, state=state))
