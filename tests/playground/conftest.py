"""Whatever a test starts, what was said on its wires is judged afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.discord_specs.transcript import check_transcript


@pytest.fixture
def expected_on_the_wire() -> set[int | str]:
    """What a test asks for though no Discord would send it: statuses from 500 on, and names of events."""
    return set()


@pytest.fixture(autouse=True)
def _everything_said_is_judged(tmp_path: Path, expected_on_the_wire: set[int | str]) -> Iterator[None]:
    """Look at the transcript of every local Discord below the test's folder, once all of them have ended.

    Tests send bad bodies on purpose, so that requests count only where they were taken.
    """
    yield
    for path in tmp_path.rglob("transcript.jsonl"):
        check_transcript(path.parent, sends_only_good=False, expected=expected_on_the_wire)
