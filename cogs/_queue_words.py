"""What `/queue` says: a line for each picture, and one Cancel for what was asked for together. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from discord import ui

from cogs._ids import Verb, job_item_id
from cogs._layout import MOST_TEXT, button, finished, text_view
from cogs._text import clip_lines, code, duration, escape
from services.line_waits import Reason
from services.models import JobState
from services.queueing import QueuedRequest, QueueEntry

MOST_REQUESTS: Final = 10
"""With a button each; the rest is counted. A message holds 40 components, and these are three each."""
_MOST_TEXT: Final = MOST_TEXT - 200
"""Of all requests together; what is left is for the heading and the last line."""
_LONGEST_SENTENCE: Final = 120

REASONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "paused": "paused by whoever runs this bot: “{text}”",
        "down": "its image service does not answer; I try again in {wait}",
        "asked_to_wait": "its image service asked me to come back in {wait}",
        "tried_again": "the last try came to nothing and cost nothing; I try again in {wait}",
        "own_full": "you have {count} running already, and it goes on when one is done",
        "server_full": "the server you asked in has {count} running already, and it goes on when one is done",
        "outside_full": "you have {count} running outside of servers, which is all that may at once, and it goes on "
        "when one is done",
        "account_full": "the account that pays has {count} running at its image service, which is all it may have",
        "in_line": "others come first",
        "next": "it is next",
    }
)
"""One sentence for every rule of `services/line_waits.py`."""

_STATES: Final[Mapping[JobState, str]] = MappingProxyType(
    {
        JobState.SUBMITTING: "being ordered",
        JobState.WAITING: "being painted",
        JobState.FETCHING: "painted; I am fetching it",
    }
)


def queue_view(requests: Sequence[QueuedRequest]) -> ui.LayoutView:
    """Return what a person has in line and in the works."""
    if not requests:
        return text_view("You have nothing in line and nothing in the works.")
    items: list[ui.Item[Any]] = [ui.TextDisplay("### Your pictures in line and in the works")]
    shown = requests[:MOST_REQUESTS]
    for request in shown:
        cancel = button("Cancel", job_item_id(Verb.CANCEL, request.job_id))
        items.append(ui.Section(request_text(request, _MOST_TEXT // len(shown)), accessory=cancel))
    rest = len(requests) - MOST_REQUESTS
    if rest > 0:
        items.append(ui.TextDisplay(f"-# … and {rest} more. `/cancel` stops any of them."))
    return finished(*items)


def request_text(request: QueuedRequest, limit: int) -> str:
    """Return the lines of one request, in at most `limit` characters."""
    return clip_lines([_entry_line(entry) for entry in request.entries], limit)


def reason_text(reason: Reason) -> str:
    """Return why a picture waits."""
    text = escape(reason.text, _LONGEST_SENTENCE)
    return REASONS[reason.name].format(text=text, wait=duration(reason.number), count=int(reason.number))


def place_text(ahead: int) -> str:
    """Return a place in line."""
    return "next in line" if ahead == 0 else f"place {ahead + 1} in line"


def _entry_line(entry: QueueEntry) -> str:
    parts = [f"{code(entry.code)} {escape(entry.model)}: {_where(entry)}"]
    if entry.is_cancel_requested:
        parts.append("being cancelled where that is still possible")
    elif entry.expected_s is not None:
        parts.append(_expected_text(entry.expected_s))
    return "; ".join(parts)


def _expected_text(seconds: float) -> str:
    """Return when a picture is expected; 0 is what has run for longer than its model usually takes."""
    if seconds == 0:
        return "it takes longer than usual"
    return f"expected in about {duration(seconds)}" if seconds >= 1 else "any moment now"


def _where(entry: QueueEntry) -> str:
    """Return where a picture is, and what it waits for."""
    if entry.is_in_doubt:
        return "no certain answer from its image service; it is not sent again, so that nobody pays twice"
    if entry.reason is None or entry.ahead is None:
        return _STATES.get(entry.state, "in the works")
    return f"{place_text(entry.ahead)}, {reason_text(entry.reason)}"
