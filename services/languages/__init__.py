"""What Limner says, in every language that it speaks: one folder a language, one TOML file a topic.

A text is named by its topic and its key, such as "characters.created", and filled in with `str.format`. Where it
depends on a number, the key is a table with `one` and `other`, chosen by the field `count`. What a language lacks is
said in English.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

FOLDER: Final = Path(__file__).parent
ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "de": "Deutsch"})
"""Language -> its own name. The first part of Discord's locales ("en-GB", "de"). Source: Discord, "Locales"."""

Text = str | Mapping[str, str]


def language_of_locale(locale: str) -> str:
    """Return the language that comes nearest to one of Discord's locales ("en-GB", "de", "pt-BR"): English for most."""
    language = locale.partition("-")[0].lower()
    return language if language in LANGUAGES else ENGLISH


@cache
def texts_of(language: str) -> Mapping[str, Text]:
    """Return every text of a language by its name. Blocking, once, a few milliseconds.

    Raises ValueError for a file that is not TOML, or a text that is neither a text nor a table of `one` and `other`.
    """
    texts: dict[str, Text] = {}
    for path in sorted((FOLDER / language).glob("*.toml")):
        for key, value in tomllib.loads(path.read_text("utf-8")).items():
            texts[f"{path.stem}.{key}"] = _checked(f"{language}/{path.name}: {key}", value)
    return MappingProxyType(texts)


def _checked(place: str, value: object) -> Text:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"one", "other"} and all(map(_is_text, value.values())):
        return MappingProxyType(value)
    raise ValueError(f"{place} is neither a text nor a table of one and other")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def find_text(language: str, name: str) -> Text | None:
    """Return the text of that name as it stands in its file, in English where the language lacks it; None for none."""
    return texts_of(language).get(name) or texts_of(ENGLISH).get(name)


def say(language: str, name: str, /, **fields: object) -> str:
    """Return the text of that name in a language, filled in; what came from people must be escaped before.

    Raises KeyError for a name that no file has, or a field that is not given: both are mistakes of ours, which tests
    find.
    """
    text = find_text(language, name)
    if text is None:
        raise KeyError(name)
    if not isinstance(text, str):
        text = text["one" if fields["count"] == 1 else "other"]
    return text.format(**fields)
