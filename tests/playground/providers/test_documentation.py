"""docs/playground.md says what the stand-ins have: control calls, steps, actions, words in brackets."""

from pathlib import Path

import pytest

from playground.providers.control import ACTS, LISTS
from playground.providers.desk import TRICKS
from playground.providers.scripts import FIELDS
from playground.providers.webhooks import ACTIONS

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "playground.md").read_text("utf-8")
SECTION = TEXT.partition("## Image services")[2]


def test_every_call_is_described_and_no_other() -> None:
    rows = [line for line in SECTION.splitlines() if line.startswith(("| GET `", "| POST `"))]
    described = {(line.split()[1], line.split("`")[1]) for line in rows}
    assert described == {("POST", name) for name in ACTS} | {("GET", name) for name in LISTS}


@pytest.mark.parametrize(
    "names", [FIELDS, ACTIONS, [f"[{trick}]" for trick in TRICKS]], ids=["steps", "actions", "words"]
)
def test_every_name_is_there(names: list[str]) -> None:
    assert [name for name in names if f"`{name}`" not in SECTION and f"`{name}:" not in SECTION] == []
