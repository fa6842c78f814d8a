"""docs/playground.md says what the local Discord has: its calls, its faults, its announcement."""

from pathlib import Path

from playground.discord.actors import CALLS
from playground.discord.chaos import KINDS
from playground.discord.local import LocalDiscord

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "playground.md").read_text("utf-8")


def test_every_call_is_described_and_no_other() -> None:
    described = {
        line.split("`")[1] for line in TEXT.splitlines() if line.startswith(("| `GET /", "| `POST /"))
    }
    assert described == {f"{method} /play/{name}" for method, name in CALLS}


def test_every_fault_is_named() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in TEXT] == []


async def test_every_part_of_the_announcement_is_named(local: LocalDiscord) -> None:
    assert [name for name in local.announcement() if f"`{name}`" not in TEXT] == []
