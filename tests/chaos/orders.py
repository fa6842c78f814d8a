"""What people ask for while the bot is being killed, and what they see afterwards."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.e2e.play import Json, is_finished, text_of

CHANNEL: Final = "portraits"
# At the beginning of its line: a seed of eight digits stands behind it, and a rerun has the same one.
_CODE: Final = re.compile(r"^`([0-9a-z]{8})`", re.MULTILINE)
_NOTICE: Final = re.compile(r"(\d+) of your earlier requests ended without a picture")
_PHRASE: Final = re.compile(r"chaos [0-9]+-[0-9]+")


@dataclass(frozen=True, slots=True)
class Order:
    """One command that was typed; `is_acked`: the bot answered it in time."""

    phrase: str
    user: str
    interaction_id: str
    is_acked: bool


def phrase_of(text: str) -> str:
    """Return the words by which an order is known on both sides, "" where there are none."""
    found = _PHRASE.search(text)
    return found[0] if found else ""


def codes_shown(messages: Iterable[Json]) -> Counter[str]:
    """Return how many messages show each finished picture; an answer to `/show` is no result."""
    shown: Counter[str] = Counter()
    for message in messages:
        asked = (message.get("interaction_metadata") or {}).get("name")
        if message["attachments"] and asked != "show":
            shown.update(set(_CODE.findall(text_of(message))))
    return shown


def answers(messages: Iterable[Json]) -> dict[str, list[Json]]:
    """Return the messages that belong to each interaction."""
    found: dict[str, list[Json]] = {}
    for message in messages:
        metadata = message.get("interaction_metadata") or {}
        if "id" in metadata:
            found.setdefault(str(metadata["id"]), []).append(message)
    return found


def is_told(messages: Sequence[Json]) -> bool:
    """Return whether an answer says how a request ended: no picture, and nothing that still waits."""
    return any(is_finished(message) and text_of(message) for message in messages)


def noticed(messages: Iterable[Json]) -> int:
    """Return of how many requests without a picture the notices at later commands tell: in all, and one by one."""
    texts = [text_of(message) for message in messages if not message["attachments"]]
    in_all = sum(int(found[1]) for text in texts for found in _NOTICE.finditer(text))
    return in_all + sum(line.startswith("⚠️") for text in texts for line in text.splitlines())
