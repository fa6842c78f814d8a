"""Every text in every language: complete, with the same fields, short enough, and found by its name."""

import ast
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.languages import (
    ENGLISH,
    FOLDER,
    LANGUAGES,
    Text,
    Voice,
    find_text,
    language_of_locale,
    say,
    texts_of,
)
from services.languages.commands import CommandPart, command_text

ROOT = Path(__file__).parents[3]
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
MOST_CHARACTERS = 3000
"""No text of ours is as long as what a message holds (4,000), with what is filled in."""


def forms(text: Text) -> Mapping[str, str]:
    return {"": text} if isinstance(text, str) else text


def fields_of(text: str) -> list[str]:
    return sorted({field for _, field, _, _ in string.Formatter().parse(text) if field is not None})


def names_said() -> Iterator[tuple[str, str]]:
    """Yield (place, name) of every text that the code asks for by a name written there."""
    for folder in ("cogs", "services"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and getattr(node.func, "id", "") == "say"
                    and len(node.args) > 1
                ):
                    name = node.args[1]
                    if isinstance(name, ast.Constant) and isinstance(name.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", name.value


@pytest.mark.parametrize("language", OTHERS)
def test_another_language_has_every_text_of_english_and_no_other(language: str) -> None:
    english, other = texts_of(ENGLISH).keys(), texts_of(language).keys()
    assert sorted(english - other) == []
    assert sorted(other - english) == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_what_the_english_text_does(language: str) -> None:
    english, other = texts_of(ENGLISH), texts_of(language)
    differing = [
        name
        for name in english.keys() & other.keys()
        if forms(english[name]).keys() != forms(other[name]).keys()
        or any(
            fields_of(text) != fields_of(forms(other[name])[form])
            for form, text in forms(english[name]).items()
        )
    ]
    assert differing == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_text_fits_into_a_message_and_says_something(language: str) -> None:
    texts = [text for each in texts_of(language).values() for text in forms(each).values()]
    assert all(text.strip() for text in texts)
    assert max(map(len, texts)) <= MOST_CHARACTERS


def test_every_language_has_a_folder_and_every_folder_is_a_language() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert folders == set(LANGUAGES)


def test_the_code_asks_for_no_text_that_does_not_exist() -> None:
    known = texts_of(ENGLISH)
    assert [f"{place}: {name}" for place, name in names_said() if name not in known] == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en-US", "en"), ("en-GB", "en"), ("de", "de"), ("pt-BR", "en"), ("", "en"), ("DE-at", "de")],
)
def test_a_locale_of_discord_leads_to_the_nearest_language(locale: str, language: str) -> None:
    assert language_of_locale(locale) == language


def heard(language: str, client: str) -> Mapping[str, Text]:
    """Return every text in a voice."""
    found = {name: find_text(Voice(language, client), name) for name in texts_of(language)}
    return {name: text for name, text in found.items() if text is not None}


VOICES = [(one, other) for one in sorted(LANGUAGES) for other in sorted(LANGUAGES) if one != other]


@pytest.mark.parametrize(("language", "client"), VOICES)
def test_a_voice_names_the_commands_as_the_client_does_and_changes_nothing_else(
    language: str, client: str
) -> None:
    before, after = texts_of(language), heard(language, client)
    named = {name for name in before if before[name] != after[name]}
    assert named
    for name in named:
        for form, text in forms(after[name]).items():
            old = forms(before[name])[form]
            assert fields_of(text) == fields_of(old)
            assert re.sub(r"/[^`.]*", "/", text) == re.sub(r"/[^`.]*", "/", old)


@pytest.mark.parametrize(("language", "client"), VOICES)
def test_every_command_in_a_voice_has_the_name_that_the_client_shows(language: str, client: str) -> None:
    english = command_names_in(texts_of(ENGLISH))
    shown = {command_text(client, CommandPart.NAME, name) or name for name in english}
    assert command_names_in(heard(language, client)) <= shown


def command_names_in(texts: Mapping[str, Text]) -> set[str]:
    """Return the first words of all commands that stand in texts."""
    every = (text for each in texts.values() for text in forms(each).values())
    return {name for text in every for name in re.findall(r"`/([\w-]+)", text)}


@pytest.mark.parametrize(
    ("voice", "name", "part"),
    [
        (Voice("de", "de"), "characters.created_next", "`/figur szene`"),
        (Voice("de", "en"), "characters.created_next", "`/character scene`"),
        (Voice("en", "de"), "characters.created_next", "`/figur szene`"),
        (Voice("de", "en"), "characters.added_next", "`/character scene reference:` {numbers}"),
        (Voice("en", "de"), "characters.added_next", "`/figur szene reference:` {numbers}"),
        (Voice("en", "de"), "characters.added_next", "`/figur bearbeiten references:`"),
        (Voice("de", "en"), "edit.model_description", "/models"),
    ],
)
def test_a_command_is_renamed_to_its_end_and_its_options_are_not(voice: Voice, name: str, part: str) -> None:
    text = find_text(voice, name)
    assert isinstance(text, str)
    assert part in text


def test_a_voice_is_a_language_like_any_other() -> None:
    voice = Voice("de", "en")
    assert voice == "de"
    assert LANGUAGES[voice] == "Deutsch"
    assert texts_of(voice) == texts_of("de")
    assert find_text(voice, "no.such_text") is None
    assert "2 Bilder" in say(voice, "cancel.over", count=2)


def test_one_picture_is_said_otherwise_than_two() -> None:
    assert say("de", "cancel.over", count=1) == "1 Bild ist vorher zu Ende gegangen, ohne Ergebnis."
    assert say("de", "cancel.over", count=2).startswith("2 Bilder sind")
    assert say("en", "cancel.over", count=0).startswith("0 pictures")
