import re

import pytest

from cogs._text import clip_lines, code, dollars, duration, escape, plain
from tests.cogs.samples import INJECTIONS

LIVE = re.compile(r"(?<!\\)[*_`|~\[\]<>]|@(?!\u200b)|(?<!\\)://|^(?:#|-|\+|\d+\.)")
"""What Discord would act on."""


@pytest.mark.parametrize("text", INJECTIONS)
def test_leaves_nothing_that_discord_would_act_on(text: str) -> None:
    assert not LIVE.search(escape(text))


@pytest.mark.parametrize("text", ["**x**", "@everyone", "https://a.example", "# big"])
def test_the_check_above_finds_what_is_not_escaped(text: str) -> None:
    assert LIVE.search(text)


@pytest.mark.parametrize("text", INJECTIONS)
def test_shows_the_text_as_typed(text: str) -> None:
    seen = escape(text).replace("\\\\", "\0").replace("\\", "").replace("\0", "\\")
    assert seen.replace("\u200b", "") == " ".join(text.split()).replace("\u200b", "")


@pytest.mark.parametrize("text", INJECTIONS)
def test_inline_code_cannot_be_left(text: str) -> None:
    shown = code(text)
    assert shown.count("`") == 2
    assert shown[0] == shown[-1] == "`"


def test_keeps_a_clipped_escape_whole() -> None:
    shown = escape("*" * 300, 10)
    assert shown == r"\*" * 9 + "…"


@pytest.mark.parametrize("limit", [1, 10, 100])
def test_clips_to_the_limit(limit: int) -> None:
    assert len(plain("word " * 200, limit)) <= limit


def test_shows_a_character_that_turns_the_direction_by_its_number() -> None:
    assert plain("a\u202eb\u2066c", 100) == "a‹U+202E›b‹U+2066›c"


def test_takes_control_characters_away() -> None:
    assert plain("a\0b\x07c\nd\te", 100) == "abc d e"


def test_thins_out_zalgo_and_keeps_vietnamese() -> None:
    assert plain("a" + "\u0301" * 50 + "b", 100) == "a\u0301\u0301b"
    assert plain("ệ", 100) == "ệ"


def test_a_text_of_blanks_is_empty() -> None:
    assert plain("\u3164 \u2800\u115f", 100) == ""


def test_keeps_joined_emoji_and_right_to_left_words() -> None:
    assert plain("👩‍🎨 שלום", 100) == "👩‍🎨 שלום"


def test_replaces_a_lone_surrogate_that_could_not_be_sent() -> None:
    assert plain("a\ud800b", 100).encode() == "a\ufffdb".encode()


@pytest.mark.parametrize(
    ("micro_usd", "shown"),
    [(0, "free"), (60_000, "$0.06"), (3_300, "$0.0033"), (1_000_000, "$1.00"), (12_345_678, "$12.345678")],
)
def test_says_a_price_as_people_do(micro_usd: int, shown: str) -> None:
    assert dollars(micro_usd) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "1 s"), (12.4, "12 s"), (120, "2 min"), (3599, "60 min"), (7200, "2 h")]
)
def test_says_a_time_as_people_do(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_counts_the_lines_that_did_not_fit() -> None:
    text = clip_lines((f"line {n}" for n in range(100)), 100)
    assert len(text) <= 100
    assert text.startswith("line 0\n")
    kept = text.count("line ")
    assert text.endswith(f"-# … and {100 - kept} more")


def test_says_all_lines_where_they_fit() -> None:
    assert clip_lines(["a", "b"], 100) == "a\nb"
