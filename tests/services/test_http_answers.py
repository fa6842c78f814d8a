"""What the body of an answer holds."""

import pytest

from services.http import object_in


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b"[" * 100_000, b'"text"', b"9" * 5_000])
def test_a_body_that_is_no_json_object_is_an_empty_one(body: bytes) -> None:
    assert object_in(body) == {}


def test_an_object_is_read_with_all_that_is_in_it() -> None:
    assert object_in(b' {"detail": [{"loc": ["body"]}]}\n') == {"detail": [{"loc": ["body"]}]}
