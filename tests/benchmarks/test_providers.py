"""The rows of the image services in miniature: every process runs, every wait ends, and nothing is lost."""

import pytest

from benchmarks import providers_edit, providers_load
from benchmarks.providers_load import Taken


async def test_webhooks_in_miniature_are_taken_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {"WAITING": 3, "STEADY": 2, "BURST": 4, "WINDOW_S": 0.1, "IDLE_WINDOW_S": 0.1}
    for name, value in small.items():
        monkeypatch.setattr(providers_load, name, value)
    rows = {row.name: row for row in await providers_load.measure()}

    assert len(rows) == 6
    [lost] = [row for name, row in rows.items() if name.endswith("lost")]
    assert lost.value == 0
    assert all(row.value >= 0 for name, row in rows.items() if "above idle" not in name)


async def test_limner_and_bare_aiohttp_edit_their_messages_in_miniature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(providers_edit, "ROUNDS", 1)
    monkeypatch.setattr(providers_edit, "UNCOUNTED", 0)
    rows = await providers_edit.measure()

    assert len(rows) == 2
    assert all(row.value > 0 and row.ratio for row in rows)


def test_of_a_hundred_answers_the_slowest_is_the_99th_percentile() -> None:
    assert Taken([float(ms) for ms in range(100)], lost=0).p99() == 99.0
    assert Taken([5.0, 1.0], lost=0).p99() == 5.0
