"""The engine as it is, but for three periods that only cost waiting."""

import pytest

from services.jobs import engine, fetching, progress


@pytest.fixture(autouse=True)
def _rounds_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recover, report and fetch again after moments; how often that is done is nothing these tests are about."""
    monkeypatch.setattr(engine, "RECOVERY_S", 0.1)
    monkeypatch.setattr(progress, "TICK_S", 0.1)
    monkeypatch.setattr(fetching, "AGAIN_AFTER_S", 0.02)
