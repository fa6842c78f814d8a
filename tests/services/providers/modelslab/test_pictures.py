"""Addresses are told from texts."""

import pytest

from services.providers.modelslab.pictures import is_link


@pytest.mark.parametrize(
    ("output", "link"),
    [
        ("https://pub-1.r2.dev/temp/a-0.png", True),
        ("HTTPS://cdn.example/a.JPEG?x=1", True),
        ("http://cdn.example/a.png", True),
        ("iVBORw0KGgo", False),
        ("httpsA==", False),
        ("data:image/png;base64,iVBORw0KGgo", False),
    ],
)
def test_an_address_is_told_from_a_text(output: str, link: bool) -> None:
    assert is_link(output) == link
