"""What an outside service said, made harmless: for the log, and for the owner of the key who asks for details.

Vendors repeat what they were sent, whole or in part. Whoever looks after the key (the server, the operator) need not be
the person who asked, so what that person wrote is taken out, in this one place.
"""

import re
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import groupby
from typing import Final

from services.redaction import redact

LONGEST_CHARACTERS: Final = 300
HIDDEN: Final = "[...]"
SHARED_CHARACTERS: Final = 16
"""So many characters in a row that also stand in a private text are a part of it and no accident."""

_LONGEST_READ: Final = 4_000
_WORD: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(r"(?<!\w)(['\"`‘“])([^'\"`’”]{2,})(['\"`’”])(?!\w)")


def vendor_text(text: str, private: Iterable[str] = ()) -> str:
    """Return `text` in one line of at most 300 characters, without secrets and control characters.

    `private` is what it must not repeat: what somebody wrote, and the key of the call.
    """
    return redact(without_private(_in_one_line(text[:_LONGEST_READ]), private))[:LONGEST_CHARACTERS]


def words_of(prompt: str, parameters: Mapping[str, object]) -> tuple[str, ...]:
    """Return what somebody wrote for a picture, as `private` wants it: the prompt, and a negative one."""
    others = (value for name, value in parameters.items() if name.endswith("prompt"))
    return (prompt, *(each for each in others if isinstance(each, str)))


def without_private(text: str, private: Iterable[str]) -> str:
    """Return a line without the parts that stand in one of the `private` texts, and what it quotes of them."""
    for each in private:
        hidden = _folded(_in_one_line(each))
        if hidden:
            text = _without_parts(text, hidden)
            text = _QUOTED.sub(partial(_unquoted, hidden), text)
    return text


def _in_one_line(text: str) -> str:
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _folded(text: str) -> str:
    """Return `text` in lower case, letter by letter, so that places stay the same ("İ" would become two)."""
    return "".join(low if len(low := each.lower()) == 1 else each for each in text)


def _unquoted(hidden: str, found: re.Match[str]) -> str:
    """Return a quotation: of a private text, without its words. Moderation likes to name the word it refused."""
    is_private = re.search(rf"(?<!\w){re.escape(_folded(found[2]))}(?!\w)", hidden) is not None
    return f"{found[1]}{HIDDEN}{found[3]}" if is_private else found[0]


def _without_parts(text: str, hidden: str) -> str:
    """Return `text` without what `hidden` has as well, whole words each; a short text counts where it stands alone."""
    if len(hidden) < SHARED_CHARACTERS:
        return re.sub(rf"(?<!\w){re.escape(hidden)}(?!\w)", HIDDEN, text, flags=re.IGNORECASE)
    is_hidden = _shared(_folded(text), hidden)
    for word in _WORD.finditer(text):
        if any(is_hidden[word.start() : word.end()]):
            is_hidden[word.start() : word.end()] = b"\1" * (word.end() - word.start())
    runs = groupby(range(len(text)), key=is_hidden.__getitem__)
    return "".join(HIDDEN if hides else "".join(text[place] for place in run) for hides, run in runs)


def _shared(text: str, hidden: str) -> bytearray:
    """Return a 1 for each character of `text` that lies in a run which `hidden` has as well, else a 0."""
    size = SHARED_CHARACTERS
    runs = {hidden[start : start + size] for start in range(len(hidden) - size + 1)}
    shared = bytearray(len(text))
    for start in range(len(text) - size + 1):
        if text[start : start + size] in runs:
            shared[start : start + size] = b"\1" * size
    return shared
