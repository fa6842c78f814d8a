"""What `/queue` says: a line for each picture, and one Cancel for what was asked for together. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from discord import ui

from cogs._ids import Verb, job_item_id
from cogs._layout import MOST_TEXT, button, finished, text_view
from cogs._text import clip_lines, code, duration, escape
from services.languages import ENGLISH, say
from services.line_waits import NEXT, Reason
from services.models import JobState
from services.queueing import QueuedRequest, QueueEntry

MOST_REQUESTS: Final = 10
"""With a button each; the rest is counted. A message holds 40 components, and these are three each."""
_MOST_TEXT: Final = MOST_TEXT - 200
"""Of all requests together; what is left is for the heading and the last line."""
_LONGEST_SENTENCE: Final = 120
_STATES: Final[Mapping[JobState, str]] = MappingProxyType(
    {
        JobState.SUBMITTING: "queue.state_submitting",
        JobState.WAITING: "queue.state_waiting",
        JobState.FETCHING: "queue.state_fetching",
    }
)


def queue_view(requests: Sequence[QueuedRequest], language: str = ENGLISH) -> ui.LayoutView:
    """Return what a person has in line and in the works."""
    if not requests:
        return text_view(say(language, "queue.empty"))
    items: list[ui.Item[Any]] = [ui.TextDisplay(f"### {say(language, 'queue.title')}")]
    shown = requests[:MOST_REQUESTS]
    for request in shown:
        cancel = button(say(language, "queue.cancel"), job_item_id(Verb.CANCEL, request.job_id))
        text = request_text(request, _MOST_TEXT // len(shown), language)
        items.append(ui.Section(text, accessory=cancel))
    rest = len(requests) - MOST_REQUESTS
    if rest > 0:
        items.append(ui.TextDisplay(f"-# {say(language, 'queue.more', count=rest)}"))
    return finished(*items)


def request_text(request: QueuedRequest, limit: int, language: str = ENGLISH) -> str:
    """Return the lines of one request, in at most `limit` characters."""
    return clip_lines([_entry_line(entry, language) for entry in request.entries], limit, language)


def reason_text(reason: Reason, language: str = ENGLISH) -> str:
    """Return why a picture waits, "" where its place in line says it all."""
    if reason.name == NEXT:
        return ""
    text, wait = escape(reason.text, _LONGEST_SENTENCE), duration(reason.number, language)
    return say(language, f"queue.reason_{reason.name}", text=text, wait=wait, count=int(reason.number))


def place_text(ahead: int, language: str = ENGLISH) -> str:
    """Return a place in line."""
    return say(language, "queue.place_next") if ahead == 0 else say(language, "queue.place", number=ahead + 1)


def _entry_line(entry: QueueEntry, language: str) -> str:
    parts = [f"{code(entry.code)} {escape(entry.model)}: {_where(entry, language)}"]
    if entry.is_cancel_requested:
        parts.append(say(language, "queue.being_canceled"))
    elif entry.expected_s is not None:
        parts.append(_expected_text(entry.expected_s, language))
    return "; ".join(parts)


def _expected_text(seconds: float, language: str) -> str:
    """Return when a picture is expected; 0 is what has run for longer than its model usually takes."""
    if seconds == 0:
        return say(language, "queue.longer_than_usual")
    if seconds < 1:
        return say(language, "queue.any_moment")
    return say(language, "queue.expected", wait=duration(seconds, language))


def _where(entry: QueueEntry, language: str) -> str:
    """Return where a picture is, and what it waits for."""
    if entry.is_in_doubt:
        return say(language, "queue.in_doubt")
    if entry.reason is None or entry.ahead is None:
        return say(language, _STATES.get(entry.state, "queue.in_the_works"))
    return ", ".join(filter(None, (place_text(entry.ahead, language), reason_text(entry.reason, language))))
