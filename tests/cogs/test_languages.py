"""Texts of replies: none is missing, none is left over, and what is said in German is German to the end."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogs._present import BUTTONS
from cogs._queue_words import queue_view
from cogs.pause import paused_text
from cogs.result import task_text
from cogs.status import status_text
from db.jobs.job_queries import Load
from services.cancellation import CancelStage
from services.keys import Verdict
from services.languages import ENGLISH, LANGUAGES, texts_of
from services.model_choice import DefaultSource
from services.models import OPEN_STATES, JobState, Payer, Period
from services.parts import PartKind
from services.pausing import Paused
from services.provider_status import Health, ProviderStatus
from services.providers.model import VaryBy
from services.server_rules import SAFETY
from services.task_results import TaskResult, TaskState
from tests.cogs.house import House, said
from tests.cogs.samples import text_of
from tests.cogs.test_reroll import code_of

ROOT = Path(__file__).parents[2]
BY_CODE = ("errors.", "edge_errors.")
"""Topics whose texts are found by an error's code; `tests/test_docs.py` looks after them."""
SHOWN_AS_PICTURE = {TaskState.SHOWN, TaskState.RUNNING}

PUT_TOGETHER = [
    *(f"status.key_{payer or 'none'}" for payer in (*Payer, None)),
    *(f"result.{state.name.lower()}" for state in TaskState if state not in SHOWN_AS_PICTURE),
    *(f"queue.state_{state}" for state in (JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING)),
    *(
        f"keys.{kind}_{payer}"
        for kind in ("name", "pays_for", "form")
        for payer in (Payer.USER, Payer.SERVER)
    ),
    *(f"keys.verdict_{verdict.name.lower()}" for verdict in Verdict),
    *(f"budget.{name}_{period}" for name in ("set", "nothing", "each", "running") for period in Period),
    *(f"cancel.{stage.name.lower()}" for stage in CancelStage),
    *(f"saved.kept_{kind}" for kind in PartKind),
    *(f"saved.no_{kind}s" for kind in PartKind),
    *(f"saved.{kind}s_title" for kind in PartKind),
    *(f"settings.why_{source}" for source in DefaultSource),
    *(f"settings.passed_over_{source}" for source in (DefaultSource.PERSON, DefaultSource.SERVER)),
    *(f"settings.obstacle_{word}" for word in ("gone", "not_ready", "not_allowed", "no_key")),
    *(f"settings.obstacle_{word}" for word in ("needs_picture", "reads_no_words")),
    *(f"settings.language_why_{who}" for who in ("person", "server", "discord")),
    *(f"settings.cap_{name}" for name in SAFETY),
    *(f"facts.vary_{by}" for by in VaryBy),
    *(f"orders.state_{state}" for state in OPEN_STATES),
    *(f"orders.task_{state}" for state in JobState),
    *(f"pictures.made_{payer}" for payer in Payer),
    *(f"pictures.button_{verb}" for verb, _ in BUTTONS),
    *(f"models.pays_{payer}" for payer in Payer),
    *(
        f"permissions.{name}"
        for name in ("view_channel", "send_messages", "send_messages_in_threads", "attach_files")
    ),
]
"""Names that the code puts together of a prefix and a value."""


def _strings() -> Iterator[tuple[str, bool]]:
    """Yield every string of `cogs/` and `services/`, and the beginning of those that are put together (True)."""
    for folder in ("cogs", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    yield str(node.values[0].value), True
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value, False


def test_no_text_is_left_over() -> None:
    strings = set(_strings())
    names = {text for text, is_begun in strings if not is_begun}
    prefixes = tuple(text for text, is_begun in strings if is_begun and "." in text and " " not in text)
    left = [
        name
        for name in texts_of(ENGLISH)
        if name not in names and not name.startswith((*BY_CODE, *prefixes, "answers.pictures"))
    ]
    assert left == []


@pytest.mark.parametrize("name", PUT_TOGETHER)
def test_a_name_that_is_put_together_leads_to_a_text_in_every_language(name: str) -> None:
    assert all(name in texts_of(language) for language in LANGUAGES)


def test_the_line_is_told_in_german() -> None:
    assert text_of(queue_view([], "de")) == "Du hast nichts in der Warteschlange und nichts in Arbeit."


def test_an_image_service_is_told_of_in_german() -> None:
    status = ProviderStatus(
        "fal", "fal", Health.DOWN, None, Load(1, 2), answered_ago_s=259_200.0, down_s=30.0
    )
    text = status_text([status], "de")
    assert "hat zuletzt vor 3 Tagen geantwortet" in text
    assert "antwortet seit 30 s nicht" in text


def test_a_pause_and_an_order_are_told_of_in_german() -> None:
    assert paused_text(Paused("scripted/quick", "Quick", 2), "de") == (
        "**Quick** ist pausiert, bis `/fortsetzen` kommt. 2 Bilder, die in der Warteschlange standen, sind zu Ende; "
        "sie haben nichts gekostet. Was schon hinausging, kommt noch."
    )
    assert task_text(TaskResult(TaskState.LOST, "fal", "t-1", 7), "de").startswith(
        "Auftrag `t-1`: Ich habe den Bilddienst"
    )


async def test_somebody_whose_discord_is_german_is_answered_in_german(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    assert "Limner malt Porträts" in said((await house.slash("help"))["message"])
    refused = await house.slash("imagine", prompt="   ")
    assert "Der Prompt ist leer." in said(refused["message"])
    assert "Kennung `" in said(refused["message"])
    assert "Limner paints portraits" in said((await house.slash("help", user="ben"))["message"])


async def test_why_an_option_was_not_used_is_read_by_everybody_in_their_own_language(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    answer = await house.slash("portrait", options="steps=28 n=2")
    painted = said(answer["message"])
    assert "Nicht verwendet: `steps` (das kennt Sketch painter nicht)" in painted
    assert "Nicht verwendet: `n` (jedes Bild ist ein eigener Auftrag" in painted
    shown = said((await house.slash("show", user="ben", code=code_of(answer["message"])))["message"])
    assert "Not used: `steps` (not taken by Sketch painter)" in shown
    assert "Not used: `n` (every picture is a job of its own" in shown


async def test_what_is_suggested_and_a_models_page_are_in_the_readers_language(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    page = said((await house.slash("models", model="fal/flux-dev"))["message"])
    assert "Gute Porträts zum kleinen Preis" in page
    assert "Preis: $0.025 für jedes angefangene Megapixel" in page
    for user, price in (("ada", "umsonst"), ("ben", "free")):
        suggested = await house.act(
            "autocomplete", user=user, channel="portraits", name="portrait", option="model", value="sketch"
        )
        assert [each["name"] for each in suggested["choices"]] == [f"Sketch painter · Sketch · {price}"]
