"""What Limner says, in every language that it speaks: one folder a language, one TOML file a topic.

A text is named by its topic and its key, such as "characters.created", and filled in with `str.format`. Where it
depends on a number, the key is a table with `one` and `other`, chosen by the field `count`. What a language lacks is
said in English.

Texts name commands as their own language does, and somebody's Discord may show them in another one: a `Voice` is a
language like any other, and names them as that Discord does.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

FOLDER: Final = Path(__file__).parent
ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = MappingProxyType({"en": "English", "de": "Deutsch"})
"""Language -> its own name. The first part of Discord's locales ("en-GB", "de"). Source: Discord, "Locales"."""

Text = str | Mapping[str, str]

_COMMANDS: Final = "commands/texts.toml"
_COMMAND: Final = re.compile(r"(?<![\w/:])/[\w-]+(?![\w:-])(?: [\w-]+(?![\w:-]))*")
"""A command in a text, and words behind it: "/character scene", of "/character scene reference:" as well."""


class Voice(str):
    """A language for somebody whose Discord shows the commands in `client`'s; equal to that language."""

    __slots__ = ("client",)
    client: str

    def __new__(cls, language: str, client: str) -> Self:
        """Return the voice of two languages."""
        voice = super().__new__(cls, language)
        voice.client = client
        return voice


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


def _command_names(language: str) -> Mapping[str, str]:
    """Return the names of commands by the English ones, {} for English."""
    if language == ENGLISH:
        return {}
    names: dict[str, str] = tomllib.loads((FOLDER / language / _COMMANDS).read_text("utf-8"))["names"]
    return names


def _renamed(language: str, client: str) -> Mapping[str, str]:
    """Return how the commands that a language names are called in another one."""
    own, other = _command_names(language), _command_names(client)
    return {own.get(name, name): other.get(name, name) for name in (*own, *other)}


def _with_names(text: Text, names: Mapping[str, str]) -> Text:
    def rename(match: re.Match[str]) -> str:
        words = match[0].removeprefix("/").split(" ")
        # Behind the name of a command stand values: "/show CODE".
        end = next((place for place, word in enumerate(words) if word not in names), len(words))
        return f"/{' '.join([*(names[word] for word in words[:end]), *words[end:]])}"

    if isinstance(text, str):
        return _COMMAND.sub(rename, text)
    return MappingProxyType({form: _COMMAND.sub(rename, each) for form, each in text.items()})


@cache
def _texts_in(language: str, client: str) -> Mapping[str, Text]:
    """Return every text of a language, with the names of commands in that of a Discord. Blocking, once."""
    texts = {**texts_of(ENGLISH), **texts_of(language)}
    names = _renamed(language, client)
    return MappingProxyType({name: _with_names(text, names) for name, text in texts.items()})


def find_text(language: str, name: str) -> Text | None:
    """Return the text of that name as it stands in its file, in English where the language lacks it; None for none."""
    if isinstance(language, Voice):
        return _texts_in(str(language), language.client).get(name)
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
