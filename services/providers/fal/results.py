"""What fal says of an order that it took: how far it is, and what came of it.

*Source:* fal.ai, queue (status and result) and the models' pages, where nothing else is said.
"""

import logging
import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from services.errors import ProviderBroken, ProviderRejected
from services.models import JsonValue
from services.providers.base import Failed, Finished, Picture, Running
from services.vendor_text import vendor_text

POLL_AFTER_S: Final = 1.0
"""Where the engine's growing intervals begin."""

COMPLETED: Final = "COMPLETED"

_LAST_PLACE: Final = 1_000_000
"""What is more than this is no place in a line, and would not fit into a message."""
_RUNNING: Final = frozenset({"IN_QUEUE", "IN_PROGRESS"})
_PERCENT: Final = re.compile(r"\b(\d{1,3}(?:\.\d{1,3})?)\s?%")
_STEP: Final = re.compile(r"\b(\d{1,4})\s?/\s?(\d{1,4})\b")
# A model that is being loaded has bars of its own, which say nothing about the picture.
_LOADING: Final = re.compile(r"load|fetch|shard|checkpoint|weights", re.IGNORECASE)

_logger = logging.getLogger(__name__)


def status_word(status: Mapping[str, JsonValue]) -> str:
    """Return the word of a status in capitals, "" where it has none."""
    word = status.get("status")
    return word.strip().upper() if isinstance(word, str) else ""


def is_running(answer: Mapping[str, JsonValue]) -> bool:
    """Tell whether an answer says that its order has not ended; no output of a model does."""
    return status_word(answer) in _RUNNING


def read_running(status: Mapping[str, JsonValue]) -> Running:
    """Return how far an order is that has not ended; a word that is not known means that it is running."""
    word = status_word(status)
    if word not in _RUNNING:
        _note_unknown(vendor_text(word)[:60])
    place = status.get("queue_position")
    is_place = isinstance(place, int) and not isinstance(place, bool) and 0 <= place <= _LAST_PLACE
    lines = list(_log_lines(status))
    return Running(
        place=place if word == "IN_QUEUE" and is_place and isinstance(place, int) else None,
        fraction=next((found for line in reversed(lines) if (found := _fraction(line)) is not None), None),
        log_line=vendor_text(lines[-1]) or None if lines else None,
        poll_after_s=POLL_AFTER_S,
    )


def read_result(
    value: Mapping[str, JsonValue], cost_micro_usd: int | None = None
) -> Finished | Failed | None:
    """Return what a model's output is, None where it holds no picture. One picture was ordered: the first counts.

    What the safety checker flags is withheld, and was charged. That fal blackens such pictures itself is unverified.
    """
    urls = list(_picture_urls(value))
    if not urls:
        return None
    flags = value.get("has_nsfw_concepts")
    if isinstance(flags, list) and flags and flags[0] is True:
        error = ProviderRejected(
            "provider_moderated_output",
            "flagged by the safety checker",
            charged=True,
            stage="output",
            cost_micro_usd=cost_micro_usd,
        )
        return Failed(error)
    seed = value.get("seed")
    used_seed = seed if isinstance(seed, int) and not isinstance(seed, bool) else None
    return Finished(Picture(url=urls[0]), used_seed, cost_micro_usd)


def empty_result(text: str, cost_micro_usd: int | None = None) -> Failed:
    """Return the end of an order whose output holds no picture: success is charged."""
    text = f"{text}: no picture in the output"
    return Failed(ProviderBroken("result_empty", text, charged=True, cost_micro_usd=cost_micro_usd))


def _picture_urls(value: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the addresses of the pictures. Models that paint answer `images`, those that repair or enlarge `image`."""
    images = value.get("images")
    for each in images if isinstance(images, list) else [value.get("image")]:
        url = each.get("url") if isinstance(each, dict) else each
        if isinstance(url, str) and url:
            yield url


def _log_lines(status: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the messages of the log. *Source:* fal-client 1.0.3: `{message, level, source, timestamp}`, may be null."""
    logs = status.get("logs")
    for entry in logs if isinstance(logs, list) else ():
        message = entry.get("message") if isinstance(entry, dict) else None
        if isinstance(message, str) and message.strip():
            yield message


def _fraction(line: str) -> float | None:
    """Return how much of the painting is done by a log line such as " 25%|##   | 7/28", None where it says nothing."""
    if _LOADING.search(line):
        return None
    percent, step = _PERCENT.search(line), _STEP.search(line)
    if percent is not None:
        found = float(percent[1]) / 100
    elif step is not None and int(step[2]) > 0:
        found = int(step[1]) / int(step[2])
    else:
        return None
    return found if math.isfinite(found) and found <= 1 else None


@lru_cache(maxsize=64)
def _note_unknown(word: str) -> None:
    """Log a status that is not known, once each."""
    _logger.warning("an order has the unknown status %r; it is taken as running", word)
