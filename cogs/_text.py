"""Text for Discord: other people's words made harmless, and numbers as people read them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from services.languages import ENGLISH, say

_ELLIPSIS: Final = "…"
_MOST_MARKS: Final = 2
"""Combining marks kept on one letter: enough for Vietnamese, too few for "zalgo"."""

_UNITS: Final = (("days", 86_400, 172_800), ("hours", 3_600, 5_400), ("minutes", 60, 100), ("seconds", 1, 0))
"""In which unit a time is said: its length in seconds, and from how many seconds on."""

# Letters that show nothing: words made of them look empty. Source: Unicode, Hangul fillers and the braille blank.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")

# A backslash makes any of these plain: emphasis, code, spoilers, links, mentions and timestamps anywhere; headings,
# lists and subtext at the start. Source: Discord, "Markdown Text 101"; a link needs "://", a quote ">".
_MARKDOWN: Final = re.compile(r"([\\`*_~|\[\]<>]|:(?=/)|^[#+-]|(?<=^\d)\.|(?<=^\d\d)\.)")


def plain(text: str, limit: int) -> str:
    """Return `text` on one line, without invisible tricks, at most `limit` characters; not escaped.

    Control characters go; characters that turn the direction of writing are shown by their number ("‹U+202E›").
    """
    shown = text[: limit * 8]
    # Plain ASCII, as most text is, has none of what is looked for letter by letter.
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(_without_zalgo(map(_visible, shown)))
    return clip(" ".join(shown.split()), limit)


def escape(text: str, limit: int = 100) -> str:
    """Return `text` so that Discord shows it as typed: no mention, markdown, link or timestamp comes of it.

    `limit` counts the characters seen; with its backslashes the returned text may be up to twice as long.
    """
    escaped = _MARKDOWN.sub(r"\\\1", plain(text, limit))
    # Discord looks for "@everyone" and "<@1>" before it reads backslashes: only a character in between helps.
    return escaped.replace("@", "@\u200b")


def code(text: str, limit: int = 100) -> str:
    """Return `text` as inline code, which nothing inside can end."""
    inside = plain(text, limit).replace("`", "ˋ").replace("@", "@\u200b")
    return f"`{inside or ' '}`"


def clip(text: str, limit: int) -> str:
    """Return `text`, cut to `limit` characters with an ellipsis at the end."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + _ELLIPSIS


def clip_lines(lines: Iterable[str], limit: int, language: str = ENGLISH) -> str:
    """Return the lines joined, as many as fit into `limit` characters; the rest is counted in a last line.

    Lines are never cut in the middle: half an escape would let markdown through.
    """
    kept: list[str] = []
    every = list(lines)
    room = limit - 24
    for line in every:
        room -= len(line) + 1
        if room < 0:
            kept.append(f"-# {say(language, 'answers.more', count=len(every) - len(kept))}")
            break
        kept.append(line)
    return "\n".join(kept)


def dollars(micro_usd: int, language: str = ENGLISH) -> str:
    """Return a price as people read it: "free", "$0.06", "$0.0033"."""
    if micro_usd == 0:
        return say(language, "units.free")
    return _in_dollars(micro_usd)


def _in_dollars(micro_usd: int) -> str:
    cents, rest = divmod(micro_usd, 10_000)
    fine = f"{rest:04d}".rstrip("0")
    return f"${cents // 100}.{cents % 100:02d}{fine}"


def amount(micro_usd: int) -> str:
    """Return a sum of money as people read it: "$0.00", "$0.06", "$0.0033"."""
    return "$0.00" if micro_usd == 0 else _in_dollars(micro_usd)


def duration(seconds: float, language: str = ENGLISH) -> str:
    """Return a time to wait in words: "12 s", "3 min", "2 h", "5 days"."""
    whole = max(1, round(seconds))
    unit, length_s = next((unit, length_s) for unit, length_s, from_s in _UNITS if whole >= from_s)
    return say(language, f"units.{unit}", number=round(whole / length_s))


def _visible(character: str) -> str:
    """Return `character`, a space for a blank one, nothing for a control, and its number for a bidirectional one."""
    category = unicodedata.category(character)
    if category == "Cc" or character in _BLANKS:
        return " " if character.isspace() or character in _BLANKS else ""
    if category == "Cf" and unicodedata.bidirectional(character) not in {"BN", "L", "ON", ""}:
        return f"‹U+{ord(character):04X}›"
    # Lone surrogates have no UTF-8 form: sending one would fail.
    return "\ufffd" if category == "Cs" else character


def _without_zalgo(characters: Iterator[str]) -> Iterator[str]:
    """Yield the characters, with no more than `_MOST_MARKS` combining marks in a row."""
    marks = 0
    for character in characters:
        marks = marks + 1 if character and unicodedata.category(character[0]) in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            yield character
