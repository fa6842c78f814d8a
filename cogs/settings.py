"""`/settings`: what one has set, and what a server has. Every answer is seen by the person alone."""

from functools import partial
from typing import Final

from discord import app_commands
from discord.app_commands import Choice
from discord.ext import commands

from cogs._caller import asker_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._key_forms import may_manage
from cogs._language import language_of
from cogs._layout import text_view
from cogs._options import LONGEST_CHOICE, Choices, choices_of, suggest_model
from cogs._replies import acknowledge
from cogs._settings_words import own_text, server_text
from services.errors import NotAllowedError
from services.languages import LANGUAGES, say
from services.model_choice import can_paint
from services.models import Visibility
from services.own_settings import AS_BEFORE, OwnSettingsAsk, keep_own_settings, plan_own_settings
from services.server_rules import SAFETY
from services.server_settings import (
    EVERYTHING,
    ServerSettingsAsk,
    keep_server_settings,
    plan_server_settings,
)

_LANGUAGES: Final = [
    Choice(name="auto", value=AS_BEFORE),
    *(Choice(name=name, value=language) for language, name in LANGUAGES.items()),
]
_NO_CAP: Final = Choice(name="no cap", value=AS_BEFORE)
_TOLERANCES: Final = [
    _NO_CAP,
    *(Choice(name=f"at most {value}", value=value) for value in SAFETY["safety_tolerance"]),
]
_CHECKER: Final = [_NO_CAP, Choice(name="must stay on", value="true")]
_MODERATION: Final = [_NO_CAP, Choice(name="must stay at auto", value="auto")]


async def suggest_default(interaction: BotInteraction, partial_text: str) -> Choices:
    """Name what may be a default: as it was before, then the models."""
    label = say(language_of(interaction), "settings.choice_default")
    wanted = partial_text[:LONGEST_CHOICE].lower()
    first = [Choice(name=label, value=AS_BEFORE)] if wanted in f"{AS_BEFORE} {label.lower()}" else []
    return [*first, *await suggest_model(interaction, partial_text)][:25]


async def suggest_allowed(interaction: BotInteraction, partial_text: str) -> Choices:
    """Name what can be allowed or forbidden: image services as a whole, then every model, allowed or not."""
    context, language = interaction.client.context, language_of(interaction)
    wanted = partial_text[:LONGEST_CHOICE].lower().strip()
    services = [
        (say(language, "settings.choice_whole_service", service=each.title), each.name)
        for each in context.catalog.providers.values()
        if wanted in each.title.lower() or wanted in each.name
    ]
    able = partial(can_paint, context, asker_of(interaction))
    named = {name for _, name in services}
    models = context.catalog.suggest_models(partial_text, able, language=language)
    return choices_of([*services, *(pair for pair in models if pair[1] not in named)])


async def suggest_allow(interaction: BotInteraction, partial_text: str) -> Choices:
    """Name what can be allowed, everything first."""
    label = say(language_of(interaction), "settings.choice_everything")
    wanted = partial_text[:LONGEST_CHOICE].lower()
    first = [Choice(name=label, value=EVERYTHING)] if wanted in f"{EVERYTHING} {label.lower()}" else []
    return [*first, *await suggest_allowed(interaction, partial_text)][:25]


class SettingsCog(
    commands.GroupCog, group_name="settings", group_description="What holds when you do not say otherwise"
):
    """The commands. Discord has no permissions of single subcommands: `server` looks at them when it runs."""

    @app_commands.command(description="Your own defaults; leave everything out to see what holds")
    @app_commands.describe(
        model="Which model paints when you name none",
        private="Show your pictures to you alone; False leaves it to the server",
        direct_messages="Pictures that cannot be shown where you asked may come by direct message",
        language="In which language I answer you",
    )
    @app_commands.autocomplete(model=suggest_default)
    @app_commands.choices(language=_LANGUAGES)
    async def me(
        self,
        interaction: BotInteraction,
        model: str | None = None,
        private: bool | None = None,
        direct_messages: bool | None = None,
        language: str | None = None,
    ) -> None:
        """Check, acknowledge, keep or look, show what holds."""
        context = interaction.client.context
        ask = OwnSettingsAsk(asker_of(interaction), model, language, private, direct_messages)
        change = plan_own_settings(context, ask)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            view = await keep_own_settings(context, ask, change)
        await interaction.edit_original_response(view=text_view(own_text(language_of(interaction), view)))

    @app_commands.command(
        description=(
            "Defaults and rules of this server; leave everything out to see what holds (for who manages it)"
        )
    )
    @app_commands.describe(
        model="Which model paints when somebody names none",
        allow="A model or an image service that may paint here, and nothing else; all lifts it",
        forbid="A model or an image service that may not paint here",
        private="Show pictures to whoever asks for them alone",
        language="In which language I answer who has chosen none",
        safety_tolerance="How tolerant the image services' moderation may be here",
        safety_checker="Whether members may switch the safety checker off",
        moderation="Whether members may lower OpenAI's moderation",
    )
    @app_commands.autocomplete(model=suggest_default, allow=suggest_allow, forbid=suggest_allowed)
    @app_commands.choices(
        language=_LANGUAGES,
        safety_tolerance=_TOLERANCES,
        safety_checker=_CHECKER,
        moderation=_MODERATION,
    )
    async def server(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        model: str | None = None,
        allow: str | None = None,
        forbid: str | None = None,
        private: bool | None = None,
        language: str | None = None,
        safety_tolerance: str | None = None,
        safety_checker: str | None = None,
        moderation: str | None = None,
    ) -> None:
        """Check, acknowledge, keep or look, show what holds."""
        context = interaction.client.context
        caps = {
            "safety_tolerance": safety_tolerance,
            "enable_safety_checker": safety_checker,
            "moderation": moderation,
        }
        ask = ServerSettingsAsk(
            managed_server(interaction),
            model,
            language,
            private,
            allow,
            forbid,
            {name: value for name, value in caps.items() if value is not None},
        )
        change = plan_server_settings(context, ask)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            view = await keep_server_settings(context, ask, change)
        text = server_text(language_of(interaction), context.catalog, view)
        await interaction.edit_original_response(view=text_view(text))


def managed_server(interaction: BotInteraction) -> int:
    """Return the id of the server that the person asks in and may manage.

    Raises NotAllowedError("settings_outside") where the bot is not a member, NotAllowedError("not_settings_manager").
    """
    if interaction.guild_id is None or not interaction.is_guild_integration():
        raise NotAllowedError("settings_outside", "settings of a server outside of one that has the bot")
    if not may_manage(interaction):
        raise NotAllowedError("not_settings_manager", f"user {interaction.user.id} does not manage it")
    return interaction.guild_id


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(SettingsCog())
