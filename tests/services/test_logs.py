import asyncio
import io
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Literal

import pytest

from services.logs import LONGEST_MESSAGE, new_reference, register_secret, set_up_logging
from services.redaction import forget_secret

CANARY = "canary-7f3a9b2c"
Format = Literal["console", "json"]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Give a stream for the log; afterwards everything that the set-up touches is as it was."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook)
    handlers, level = root.handlers[:], root.level
    register_secret(CANARY)
    yield io.StringIO()
    forget_secret(CANARY)
    logging.captureWarnings(capture=False)
    root.handlers[:], sys.excepthook, sys.unraisablehook = handlers, *hooks
    root.setLevel(level)


def test_writes_one_json_object_a_line_with_its_fields(stream: io.StringIO) -> None:
    set_up_logging("INFO", "json", stream)
    logging.getLogger("services.jobs").info(
        "picture %s stored", "é", extra={"job": 7, "attempt": 9, "request": 3}
    )
    entry = json.loads(stream.getvalue())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry.pop("time"))
    assert entry == {
        "level": "INFO",
        "logger": "services.jobs",
        "message": "picture é stored",
        "request": 3,
        "job": 7,
        "attempt": 9,
    }


def test_writes_one_readable_line_with_its_fields(stream: io.StringIO) -> None:
    set_up_logging("INFO", "console", stream)
    logging.getLogger("limner").warning("slow", extra={"job": 7, "reference": "ab12cd34"})
    assert re.fullmatch(r"\d\d:\d\d:\d\d WARNING limner: slow job=7 reference=ab12cd34\n", stream.getvalue())


def test_leaves_out_records_below_the_level(stream: io.StringIO) -> None:
    set_up_logging("WARNING", "console", stream)
    logging.getLogger("limner").info("hello")
    assert stream.getvalue() == ""


def test_keeps_the_wire_contents_of_libraries_out_even_at_debug(stream: io.StringIO) -> None:
    set_up_logging("DEBUG", "console", stream)
    logging.getLogger("discord.http").debug("payload")
    logging.getLogger("limner").debug("ours")
    assert "payload" not in stream.getvalue()
    assert "ours" in stream.getvalue()


@pytest.mark.parametrize("line_format", ["console", "json"])
def test_no_secret_leaves_by_message_argument_field_or_traceback(
    stream: io.StringIO, line_format: Format
) -> None:
    set_up_logging("INFO", line_format, stream)
    logger = logging.getLogger("limner")
    logger.info("message " + CANARY)  # noqa: G003 - the secret stands in the message itself here
    logger.info("argument %s %r", CANARY, {"key": CANARY})
    logger.info("field", extra={"reference": CANARY})
    try:
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            raise RuntimeError(f"url https://x/?key={CANARY}") from error
    except RuntimeError:
        logger.exception("failed")
    assert stream.getvalue().count("[secret]") >= 5
    assert CANARY not in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()


@pytest.mark.parametrize("line_format", ["console", "json"])
def test_a_secret_with_quotes_and_backslashes_is_masked_in_both_forms(
    stream: io.StringIO, line_format: Format
) -> None:
    secret = 'qu"ote\\back\nline'
    register_secret(secret)
    set_up_logging("INFO", line_format, stream)
    logging.getLogger("limner").info("%s and %r", secret, secret)
    forget_secret(secret)
    assert "ote" not in stream.getvalue().replace("limner", "")


def test_text_cannot_forge_a_line_of_its_own(stream: io.StringIO) -> None:
    set_up_logging("INFO", "console", stream)
    logging.getLogger("limner").info("prompt %s", "a\n12:00:00 ERROR x: b\r\x1b[2J\u2028c")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_clips_a_very_long_message(stream: io.StringIO) -> None:
    set_up_logging("INFO", "json", stream)
    logging.getLogger("limner").info("x" * 1_000_000)
    assert len(json.loads(stream.getvalue())["message"]) < LONGEST_MESSAGE + 10


def test_clipping_shows_no_half_of_a_secret(stream: io.StringIO) -> None:
    set_up_logging("INFO", "console", stream)
    for place in range(LONGEST_MESSAGE - len(CANARY), LONGEST_MESSAGE + 2):
        logging.getLogger("limner").info("%s%s", "x" * place, CANARY)
    assert CANARY[:6] not in stream.getvalue()


def test_arguments_that_do_not_fit_lose_neither_the_record_nor_a_secret(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging("INFO", "console", stream)
    logging.getLogger("limner").info("%d jobs", CANARY)
    assert "%d jobs (its arguments do not fit)" in stream.getvalue()
    assert CANARY not in "".join((stream.getvalue(), *capsys.readouterr()))


def test_a_closed_stream_stays_silent(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("INFO", "console", stream)
    stream.close()
    logging.getLogger("limner").info("secret %s", CANARY)
    assert capsys.readouterr() == ("", "")


def test_a_second_set_up_replaces_the_first(stream: io.StringIO) -> None:
    first = io.StringIO()
    set_up_logging("INFO", "console", first)
    set_up_logging("INFO", "console", stream)
    logging.getLogger("limner").info("once")
    assert first.getvalue() == ""
    assert stream.getvalue().count("once") == 1


async def test_an_error_in_a_forgotten_task_is_logged_without_secrets(stream: io.StringIO) -> None:
    set_up_logging("INFO", "console", stream)

    async def fail() -> None:
        raise ValueError(f"Bearer {CANARY}")

    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    del task
    await asyncio.sleep(0)
    assert "Task exception was never retrieved" in stream.getvalue()
    assert CANARY not in stream.getvalue()


UNCAUGHT = """
import sys, threading
from services.logs import register_secret, set_up_logging
register_secret("canary-7f3a9b2c")
set_up_logging("INFO", "json")
class Finaliser:
    def __del__(self):
        raise ValueError("unraisable canary-7f3a9b2c")
def fail():
    raise ValueError("thread canary-7f3a9b2c")
thread = threading.Thread(target=fail, name="painter")
thread.start()
thread.join()
item = Finaliser()
del item
raise ValueError("main canary-7f3a9b2c")
"""


def test_uncaught_errors_of_main_threads_and_finalisers_are_logged_without_secrets() -> None:
    ended = subprocess.run([sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, check=False)
    entries = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [entry["level"] for entry in entries] == ["CRITICAL", "ERROR", "CRITICAL"]
    assert [re.findall(r"ValueError: (\w+)", entry["exception"])[-1] for entry in entries] == [
        "thread",
        "unraisable",
        "main",
    ]
    assert "painter" in entries[0]["message"]
    assert CANARY not in ended.stdout + ended.stderr
    assert ended.returncode == 1


def test_references_are_eight_characters_and_differ() -> None:
    # Two of four billion: of a thousand, two would be alike once in nine thousand runs.
    one, other = new_reference(), new_reference()
    assert one != other
    assert all(re.fullmatch(r"[0-9a-f]{8}", reference) for reference in (one, other))
