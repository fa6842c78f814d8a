"""`/headshot`: a picture with the face of a photo."""

from functools import partial as partial_of
from typing import Final

from discord import Attachment, app_commands
from discord.app_commands import Range
from discord.ext import commands

from cogs._brought import brought_address, brought_attachment
from cogs._caller import asker_of, caller_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._language import language_of
from cogs._options import ASPECT_CHOICES, PAINT_DESCRIPTIONS, Choices, Seed, choices_of
from cogs._replies import paint
from services.errors import UserError
from services.headshots import HeadshotAsk, create_headshot, default_face_model, plan_headshot
from services.model_choice import can_paint, is_allowed
from services.models import Visibility
from services.providers.catalog import Model
from services.providers.options import suggest_options
from services.uploads import Brought

_DESCRIPTIONS: Final = {
    **PAINT_DESCRIPTIONS,
    "prompt": "What the picture shows, such as: a chef in her kitchen",
    "agreed": "It is your own face or you have its owner's permission, and the person is an adult",
    "face": "The photo: one face, clearly, from the front; kept encrypted for 30 days",
    "face_url": "Instead of an attachment: the photo's https address",
    "negative_prompt": "What should not be in the picture; the model has a list of its own",
    "size": "Width x height in pixels, such as 768x1024, instead of an aspect",
    "steps": "Denoising steps: more is slower and finer",
    "guidance": "How closely the picture follows the prompt",
    "model": "Which model paints; only those that keep a face",
    "private": "To you alone, unless you say False",
}


async def suggest_model(interaction: BotInteraction, partial: str) -> Choices:
    """Name the models that keep a face, those first that can paint for this person right now."""
    context, caller = interaction.client.context, asker_of(interaction)

    def is_offered(model: Model) -> bool:
        return model.capabilities.keeps_face and is_allowed(context, caller, model)

    can = partial_of(can_paint, context, caller)
    language = language_of(interaction)
    return choices_of(context.catalog.suggest_models(partial, can, is_offered, language=language))


async def suggest_option(interaction: BotInteraction, partial: str) -> Choices:
    """Complete an `options` text with what the chosen model takes."""
    context = interaction.client.context
    named = str(getattr(interaction.namespace, "model", None) or "")
    try:
        is_named = bool(named.strip())
        model = (
            context.catalog.find(named) if is_named else default_face_model(context, asker_of(interaction))
        )
    except UserError:
        return []
    return choices_of(suggest_options(model, partial, language_of(interaction)))


class Headshot(commands.Cog):
    """The command."""

    @app_commands.command(
        description="Paint a picture with the face of a photo, yours or one that you may use"
    )
    @app_commands.describe(**_DESCRIPTIONS)
    @app_commands.autocomplete(model=suggest_model, options=suggest_option)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def headshot(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        prompt: str,
        agreed: bool,
        face: Attachment | None = None,
        face_url: str = "",
        negative_prompt: str = "",
        aspect: str = "",
        size: str = "",
        steps: Range[int, 1, 50] | None = None,
        guidance: Range[float, 0, 20] | None = None,
        seed: Seed | None = None,
        model: str = "",
        options: str = "",
        private: bool = True,
    ) -> None:
        """Plan, acknowledge, bring the photo, create. Nobody's default makes it public: only `private: False` does."""
        visibility = Visibility.PRIVATE if private else Visibility.PUBLIC
        ask = HeadshotAsk(
            caller_of(interaction, visibility),
            prompt,
            _faces(face, face_url),
            agreed=agreed,
            negative_prompt=negative_prompt,
            aspect=aspect,
            size=size,
            steps=steps,
            guidance=guidance,
            seed=seed,
            model=model,
            options=options,
        )
        context = interaction.client.context
        await paint(
            interaction, visibility, partial_of(create_headshot, context, plan_headshot(context, ask))
        )


def _faces(face: Attachment | None, face_url: str) -> tuple[Brought, ...]:
    """Return what was given of attachment and address."""
    attached = () if face is None else (brought_attachment(face),)
    typed = (brought_address(face_url),) if face_url.strip() else ()
    return (*attached, *typed)


async def setup(bot: EdgeBot) -> None:
    """Add the command."""
    await bot.add_cog(Headshot())
