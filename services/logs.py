"""The log: one set-up for the whole process, readable or JSON lines, and no secret in either.

Every part of a record passes `services/redaction.py` once its arguments are filled in and before it is escaped, which
would hide a secret from its own value. Fields are given as `logger.info("...", extra={"job": 7})`, or once for
everything that a task writes: `speak_of(request=3, job=7)`, `with about(job=7): ...`.
"""

import json
import logging
import secrets
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Final, Literal, TextIO

from services.redaction import redact, register_secret

__all__ = ["FIELDS", "about", "new_reference", "redact", "register_secret", "set_up_logging", "speak_of"]

FIELDS: Final = ("request", "job", "attempt", "delivery", "provider", "user", "status", "reference")
"""The extra fields that are written, in this order."""

LONGEST_MESSAGE: Final = 8_000
"""Characters of a message that are kept: a vendor's page of HTML has no place in a log."""

_QUIETEST: Final = {
    **dict.fromkeys(("discord", "aiohttp", "aiosqlite", "asyncio", "PIL"), logging.INFO),
    "alembic": logging.WARNING,  # names each of its plugins at INFO
    "sqlalchemy": logging.WARNING,  # writes every statement at INFO
    "pyvips": logging.WARNING,  # writes every step of every picture at INFO
}
"""Libraries that show wire contents, or say too much, below the level named."""

_CONTROL: Final = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x09: "\\t",
    0x0A: "\\n",
    0x0D: "\\r",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}

_logger = logging.getLogger(__name__)

_spoken_of: Final[ContextVar[Mapping[str, int | str]]] = ContextVar(
    "log_fields", default=MappingProxyType({})
)


def speak_of(**fields: int | str | None) -> None:
    """Give all that this task writes from here on these fields, in place of those before; tasks that it starts too."""
    _spoken_of.set({name: value for name, value in fields.items() if value is not None})


@contextmanager
def about(**fields: int | str | None) -> Iterator[None]:
    """Give all that is written in the body these fields, in place of those before."""
    before = _spoken_of.get()
    speak_of(**fields)
    try:
        yield
    finally:
        _spoken_of.set(before)


def new_reference() -> str:
    """Return eight characters that connect an error message with the log line that explains it."""
    return secrets.token_hex(4)


def _clean(text: str) -> str:
    # Cut generously, mask, cut again: a secret that the first cut halves lies beyond the second.
    masked = redact(text[: 2 * LONGEST_MESSAGE])
    return masked if len(masked) <= LONGEST_MESSAGE else masked[:LONGEST_MESSAGE] + " ..."


def _message_of(record: logging.LogRecord) -> str:
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        message = f"{record.msg} (its arguments do not fit)"
    return _clean(message)


def _first(own: object, spoken_of: object) -> object:
    return spoken_of if own is None else own


def _fields_of(record: logging.LogRecord) -> dict[str, str | int | float]:
    spoken_of = _spoken_of.get()
    found = {name: _first(getattr(record, name, None), spoken_of.get(name)) for name in FIELDS}
    return {
        name: value if isinstance(value, int | float) else _clean(str(value))
        for name, value in found.items()
        if value is not None
    }


def _traceback_of(record: logging.LogRecord) -> str:
    if record.exc_info and record.exc_info[1] is not None:
        return redact("".join(traceback.format_exception(record.exc_info[1])).rstrip())
    return ""


class ConsoleFormatter(logging.Formatter):
    """One line a record for people: time, level, logger, message, fields; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line. Control characters are escaped, so that no text can forge a second line."""
        time = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        fields = "".join(f" {name}={value}" for name, value in _fields_of(record).items())
        message = (_message_of(record) + fields).translate(_CONTROL)
        line = f"{time} {record.levelname:<7} {record.name}: {message}"
        trace = _traceback_of(record)
        return f"{line}\n{trace}" if trace else line


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (UTC, RFC 3339), level, logger, message, the fields, exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted line."""
        entry: dict[str, str | int | float] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message_of(record),
            **_fields_of(record),
        }
        if trace := _traceback_of(record):
            entry["exception"] = trace
        return json.dumps(entry, ensure_ascii=False, separators=(",", ":"))


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Say nothing: the inherited one prints the raw arguments, and a broken pipe has no reader."""


def _report_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, Exception):
        sys.__excepthook__(kind, error, trace)
        return
    _logger.critical("uncaught error", exc_info=(kind, error, trace))


def _report_uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None:
        name = hook.thread.name if hook.thread is not None else "unknown"
        trace = (hook.exc_type, hook.exc_value, hook.exc_traceback)
        _logger.critical("uncaught error in thread %s", name, exc_info=trace)


def _report_unraisable(hook: "sys.UnraisableHookArgs") -> None:
    if hook.exc_value is not None:
        trace = (hook.exc_type, hook.exc_value, hook.exc_traceback)
        _logger.error("error that nobody could catch: %s", hook.err_msg or "", exc_info=trace)


def set_up_logging(
    level: str, line_format: Literal["console", "json"] = "console", stream: TextIO | None = None
) -> None:
    """Send every record of `level` and above to `stream` (standard error), as readable lines or as JSON lines.

    Uncaught errors of the main thread, of other threads and of finalisers go the same way; asyncio reports its own
    through its logger. Calling it again replaces the earlier set-up. Some libraries stay quieter (`_QUIETEST`).
    """
    handler = _Handler(stream if stream is not None else sys.stderr)
    handler.setFormatter(JsonFormatter() if line_format == "json" else ConsoleFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name, lowest in _QUIETEST.items():
        logging.getLogger(name).setLevel(max(root.level, lowest))
    logging.captureWarnings(capture=True)
    sys.excepthook = _report_uncaught
    threading.excepthook = _report_uncaught_in_thread
    sys.unraisablehook = _report_unraisable
