"""A small catalogue file for tests, and how it is refused once it is spoiled."""

from pathlib import Path

import pytest

from services.errors import StartError
from services.providers.catalog import Catalog, load_catalog

SMALL = Path(__file__).with_name("small_catalog.toml").read_text(encoding="utf-8")

OWN_ASPECTS = 'aspects."1:1" = { width = 512, height = 512 }'


def load_small(tmp_path: Path) -> Catalog:
    """Return the small catalogue as it is."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL)
    return load_catalog(path)


def refusal_of(tmp_path: Path, content: str | bytes) -> str:
    """Return the message with which a file of this content is refused."""
    path = tmp_path / "catalog.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StartError) as caught:
        load_catalog(path)
    assert caught.value.code == "bad_catalog"
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")
