"""In which language a person is answered."""

from cogs._edge import BotInteraction


def language_of(interaction: BotInteraction) -> str:
    """Return the language of whoever asks: what they have set, else their server, else that of their Discord.

    It is a `Voice`: commands are named as their Discord shows them.
    """
    preferences = interaction.client.context.preferences
    locale = str(interaction.locale.value)
    return preferences.voice_of(interaction.user.id, interaction.guild_id, locale)
