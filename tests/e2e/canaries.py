"""Fake keys, one of a kind, in every key's place: wherever one turns up after a run, something has leaked.

Looked through is every file that a run left behind: log, database, pictures, and what the local Discord kept
of every payload and page.
"""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote
from uuid import uuid4

MAY_HOLD_KEYS: Final = frozenset({"master.key", "providers.json", "providers.new"})
"""The master key's own file, and the stand-ins' announcement, both readable by their owner only."""


def fake_keys() -> dict[str, str]:
    """Return a fake key for every setting that holds one, each in its vendor's form."""
    return {
        "FAL_KEY": f"{uuid4()}:{secrets.token_hex(16)}",
        "BFL_API_KEY": str(uuid4()),
        "MODELSLAB_API_KEY": secrets.token_urlsafe(40),
        "OPENAI_API_KEY": f"sk-proj-{secrets.token_urlsafe(40)}",
        "LIMNER_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }


def check_nothing_leaked(folder: Path, keys: Mapping[str, str]) -> None:
    """Fail with the file and the name of every key that stands in a file of a run, in any way of writing it."""
    found = [f"{name} in {path.relative_to(folder)}" for path, name in _leaks(folder, keys)]
    assert not found, "; ".join(found)


def keys_of_stand_ins(folder: Path) -> dict[str, str]:
    """Return the keys of the stand-ins that ran beside the bot, {} where none did."""
    try:
        said = json.loads((folder / "providers.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {f"{name} stand-in": each["key"] for name, each in said.items() if isinstance(each, dict)}


def _leaks(folder: Path, keys: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in MAY_HOLD_KEYS:
            data = path.read_bytes()
            yield from (
                (path, name) for name, key in keys.items() if any(form in data for form in _forms(key))
            )


def _forms(key: str) -> set[bytes]:
    raw = key.encode()
    return {raw, base64.b64encode(raw).rstrip(b"="), quote(key, safe="").encode(), raw.hex().encode()}
