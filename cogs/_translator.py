"""Gives Discord the commands in every language that Limner speaks."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Location

from services.languages import ENGLISH, language_of_locale
from services.languages.commands import CommandPart, command_text

_PARTS: Final[Mapping[Location, CommandPart]] = MappingProxyType(
    {
        Location.command_name: CommandPart.NAME,
        Location.group_name: CommandPart.NAME,
        Location.command_description: CommandPart.DESCRIPTION,
        Location.group_description: CommandPart.DESCRIPTION,
        Location.parameter_description: CommandPart.DESCRIPTION,
        Location.choice_name: CommandPart.CHOICE,
    }
)
"""What is translated: the names of options (`parameter_name`) are the same everywhere."""

_LANGUAGES: Final[Mapping[Locale, str]] = MappingProxyType(
    {locale: language_of_locale(locale.value) for locale in Locale}
)


class CommandTranslator(app_commands.Translator):
    """Looks the texts of commands up in the languages' files."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Return the text for one of Discord's locales, None where the English one stands."""
        language = _LANGUAGES[locale]
        if language == ENGLISH:  # asked for every text of every command in thirty locales, at every start
            return None
        part = _PARTS.get(context.location)
        return None if part is None else command_text(language, part, string.message)
