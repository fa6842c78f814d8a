"""The whole way in miniature: both bring every picture to its message."""

import pytest

from benchmarks import whole_way


async def test_both_bring_every_picture_to_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PICTURES": 5, "ROUNDS": 1, "UNCOUNTED": 0}.items():
        monkeypatch.setattr(whole_way, name, value)
    [row] = await whole_way.measure()
    assert row.value > 0
    assert row.ratio is not None
