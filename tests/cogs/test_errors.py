"""Every error becomes one sentence, and none says more than it should."""

import logging
import re
from dataclasses import replace
from typing import Any

import discord
import pytest
from discord import app_commands

from cogs._errors import CODE_TOPICS, failure_sentence, sentence_of
from cogs._reports import describe_error, own_error
from cogs._text import escape
from services import errors
from services.errors import BugError, LimitError, LimnerError, NotAllowedError, ProviderBusy, UserError
from services.key_shapes import read_key
from services.languages import LANGUAGES, texts_of
from services.providers.catalog import load_catalog
from services.providers.options import parse_options
from tests.cogs.samples import INJECTIONS, failure
from tests.cogs.test_text import LIVE

SENTENCES = {
    (language, name.partition(".")[2]): str(text)
    for language in LANGUAGES
    for name, text in texts_of(language).items()
    if name.startswith(tuple(f"{topic}." for topic in CODE_TOPICS))
}
SECRET = "sk-secret /srv/limner/db.sqlite"


def classes(kind: type[LimnerError] = LimnerError) -> list[type[LimnerError]]:
    """Return every class of `services/errors.py`, roots first."""
    found = (one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, kind))
    return sorted(found, key=lambda one: len(one.__mro__))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_every_class_has_a_sentence_for_a_code_without_one(kind: type[LimnerError], language: str) -> None:
    sentence = sentence_of(kind("no_such_code_anywhere", SECRET), language)
    assert len(sentence) > 15
    assert "secret" not in sentence
    assert not re.search(r"[{}\[\]]", sentence)


@pytest.mark.parametrize(("language", "code"), SENTENCES)
def test_every_sentence_reads_well_with_its_fields(language: str, code: str) -> None:
    fields = dict.fromkeys(re.findall(r"\{(\w+)\}", SENTENCES[language, code]), "word")
    fields |= {"period": "day", "permission": "attach_files"}
    sentence = sentence_of(UserError(code, SECRET, **fields), language)
    assert sentence.endswith((".", "?"))
    assert "…" not in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(("language", "code"), SENTENCES)
def test_no_sentence_shows_a_bracket_when_fields_are_missing(language: str, code: str) -> None:
    assert not re.search(r"[{}\[\]]", sentence_of(UserError(code), language))


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_a_translation_leaves_out_the_same_parts(language: str) -> None:
    parts = {code: len(re.findall(r"\[", SENTENCES["en", code])) for each, code in SENTENCES if each == "en"}
    assert {code: len(re.findall(r"\[", SENTENCES[language, code])) for code in parts} == parts


def test_an_error_is_said_in_the_language_of_whoever_reads_it() -> None:
    error = LimitError("server_budget", price_micro_usd=0, spent_micro_usd=0, cap_micro_usd=0, period="month")
    assert "Das würde umsonst kosten" in sentence_of(error, "de")
    assert "für diesen Monat" in sentence_of(error, "de")
    lacking = NotAllowedError("missing_permission", permission="send_messages_in_threads")
    assert "Mir fehlt **Nachrichten in Threads senden**." in sentence_of(lacking, "de")
    assert "I lack **Send Messages in Threads**" in sentence_of(lacking)
    assert "Versuch es in 3 Tagen wieder." in sentence_of(LimitError("any", retry_after_s=259_200.0), "de")


def test_leaves_out_a_suggestion_that_there_is_not() -> None:
    assert "Did you mean" not in sentence_of(UserError("unknown_model", found="x", suggestion=""))
    assert "Did you mean **sketch**?" in sentence_of(
        UserError("unknown_model", found="x", suggestion="sketch")
    )


def test_says_how_long_to_wait() -> None:
    assert "Try again in 2 min" in sentence_of(LimitError("any", retry_after_s=120.0))
    assert "Try again in 7 s" in sentence_of(ProviderBusy(retry_after_s=7.0))
    assert "Try again" not in sentence_of(LimitError("any"))


def test_says_money_in_dollars() -> None:
    error = LimitError(
        "user_daily_cap", price_micro_usd=60_000, spent_micro_usd=450_000, cap_micro_usd=500_000
    )
    assert "would cost $0.06, and you have used $0.45 of your $0.50" in sentence_of(error)


def test_an_operators_sentence_is_shown_whole_and_ends_where_it_ends() -> None:
    sentence = "Prices are being looked at. " * 10
    said = sentence_of(UserError("model_paused", model="FLUX", sentence=sentence.strip()))
    assert sentence.strip() in said.replace("\\", "")
    assert "“Away until Monday” Nothing" in sentence_of(
        UserError("model_paused", model="FLUX", sentence="Away until Monday")
    )


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_was_typed_stays_inert(text: str) -> None:
    sentence = sentence_of(UserError("unknown_model", found=text, suggestion=""))
    assert not LIVE.search(sentence[sentence.index("“") + 1 : sentence.index("”")])


def test_clips_what_was_typed() -> None:
    assert len(sentence_of(UserError("unknown_model", found="x" * 5000))) < 250


@pytest.mark.parametrize(
    ("code", "state", "expected"),
    [
        ("gave_up", "failed", "kept failing"),
        ("never_heard_of", "failed", "failed"),
        ("never_heard_of", "canceled", "Cancelled"),
        ("never_heard_of", "unknown", "lost sight"),
        ("never_heard_of", "some_new_state", "failed"),
    ],
)
def test_a_failed_picture_has_a_sentence(code: str, state: str, expected: str) -> None:
    assert expected in failure_sentence(replace(failure(code=code), state=state))


@pytest.mark.parametrize("error", [ValueError(SECRET), KeyError("x"), RuntimeError(SECRET)])
def test_an_error_nobody_thought_of_shows_a_reference_and_no_inside(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        text = describe_error(error, "portrait")
    assert text is not None
    reference = re.search(r"Reference `([0-9a-f]{8})`", text)
    assert reference
    assert "secret" not in text
    assert type(error).__name__ not in text
    [record] = caplog.records
    assert record.exc_info
    assert record.__dict__["reference"] == reference[1]


def test_a_wrong_input_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        describe_error(UserError("empty_prompt"), "imagine")
    [record] = caplog.records
    assert (record.levelno, bool(record.exc_info)) == (logging.INFO, False)


def test_finds_our_error_inside_of_what_the_library_raises() -> None:
    class Command:
        name = qualified_name = "portrait"

    inner = UserError("empty_prompt")
    assert own_error(app_commands.CommandInvokeError(Command(), inner)) is inner  # type: ignore[arg-type] # only the name is read


class Response:
    """What discord.py reads of an answer."""

    status, reason = 404, "Not Found"


def http_error(code: int) -> discord.NotFound:
    response: Any = Response()
    return discord.NotFound(response, {"code": code, "message": "Unknown"})


@pytest.mark.parametrize("code", [10062, 10015, 50027])
def test_says_nothing_where_discord_has_forgotten_the_interaction(code: int) -> None:
    assert describe_error(http_error(code), "portrait") is None


def test_any_other_answer_of_discord_is_our_mistake() -> None:
    assert isinstance(own_error(http_error(10003)), BugError)


def refused(options: str, model: str = "fal/flux-dev") -> UserError:
    with pytest.raises(UserError) as caught:
        load_catalog().find(model).fit(parse_options(options))
    return caught.value


@pytest.mark.parametrize(
    ("options", "english", "german"),
    [
        ("safety_checker=maybe", "Allowed: true or false.", "Erlaubt ist: true oder false."),
        ("steps=99", "Allowed: 1\\..50.", "Erlaubt ist: 1\\..50."),
        ('seeds="7', "I expected a closing", "dort gehört ein schließendes"),
        ("steps=", "I expected a value after steps=.", "dort gehört ein Wert nach steps= hin."),
    ],
    ids=["a switch", "a range", "a quote", "no value"],
)
def test_what_is_allowed_is_said_in_the_readers_language(options: str, english: str, german: str) -> None:
    error = refused(options)
    assert english in sentence_of(error)
    assert german in sentence_of(error, "de")


def test_a_need_is_said_in_the_readers_language() -> None:
    error = refused("output_compression=80", "gpt-image-2")
    assert "needs output\\_format=jpeg or webp beside it" in sentence_of(error)
    assert "output\\_format=jpeg oder webp" in sentence_of(error, "de")


def test_what_a_key_looks_like_is_said_in_the_readers_language() -> None:
    with pytest.raises(UserError) as caught:
        read_key("fal", "not-a-key-of-this-service")
    assert "two parts with a colon between them" in sentence_of(caught.value)
    assert "zwei Teile mit einem Doppelpunkt dazwischen" in sentence_of(caught.value, "de")


def test_what_somebody_typed_is_shown_as_typed_whatever_it_looks_like() -> None:
    typed = '{"say": "values.truth"}'
    error = UserError("bad_option", field="steps", allowed="1..50", found=typed)
    assert escape(typed) in sentence_of(error, "de")
