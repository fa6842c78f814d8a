"""The engine as it is, but for two periods that only cost waiting."""

import pytest

from services.jobs import engine, progress


@pytest.fixture(autouse=True)
def _rounds_come_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recover and report ten times a second; how often that is done is nothing that these tests are about."""
    monkeypatch.setattr(engine, "RECOVERY_S", 0.1)
    monkeypatch.setattr(progress, "TICK_S", 0.1)
