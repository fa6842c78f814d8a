"""Commands in other languages: their names, descriptions and choices, by the English text that stands in the code.

The names of options are the same in every language: replies, documentation and what people write into `options` and
`features` name them.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from services.languages import ENGLISH, FOLDER

_FILE = "commands/texts.toml"


class CommandPart(StrEnum):
    """What of a command a text is; the tables of a language's file."""

    NAME = "names"
    DESCRIPTION = "descriptions"
    CHOICE = "choices"


@cache
def command_texts(language: str) -> Mapping[CommandPart, Mapping[str, str]]:
    """Return what stands in a language's file: by part, the text for each English one. Blocking, once."""
    tables = tomllib.loads((FOLDER / language / _FILE).read_text("utf-8"))
    return MappingProxyType({part: MappingProxyType(tables[part]) for part in CommandPart})


def command_text(language: str, part: CommandPart, text: str) -> str | None:
    """Return a command's text in a language, None where it is said as in English."""
    if language == ENGLISH:
        return None
    translated = command_texts(language)[part].get(text)
    return None if translated == text else translated
