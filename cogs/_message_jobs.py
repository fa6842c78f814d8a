"""Which jobs a message of ours is about, by its buttons, and which pictures it names."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Final

import discord

from cogs._ids import Verb, parse_id
from cogs._present import BUTTONS
from services.errors import UserError

ALL_VERBS: Final = frozenset(Verb)
RESULT_VERBS: Final = frozenset(verb for verb, _ in BUTTONS)
"""Those under pictures, also where their files were lost; a message that waits for pictures has others."""


def job_ids_in(message: discord.Message, verbs: Collection[Verb] = ALL_VERBS) -> Iterator[int]:
    """Yield the jobs that the buttons of `message` with one of these verbs are about."""
    for component in _walk(message.components):
        custom_id = getattr(component, "custom_id", None)
        if custom_id is None:
            continue
        try:
            item = parse_id(custom_id)
        except UserError:
            continue
        if item.job_id is not None and item.verb in verbs:
            yield item.job_id


_PICTURE_LINE: Final = re.compile(r"^(?:\*\*\d+\*\* )?`([0-9a-z]{8})`", re.MULTILINE)
"""As `cogs/_picture_words.picture_line` writes it."""


def codes_in(message: discord.Message) -> frozenset[str]:
    """Return the codes of the pictures that a result says it shows."""
    texts = (getattr(component, "content", None) or "" for component in _walk(message.components))
    return frozenset(code for text in texts for code in _PICTURE_LINE.findall(text))


def _walk(components: Iterable[object]) -> Iterator[object]:
    """Yield components and what they hold, at any depth."""
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))
