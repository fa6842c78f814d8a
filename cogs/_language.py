"""In which language a person is answered."""

from cogs._edge import BotInteraction
from services.languages import language_of_locale


def language_of(interaction: BotInteraction) -> str:
    """Return the language of whoever asks: that of their Discord, or English."""
    return language_of_locale(str(interaction.locale.value))
