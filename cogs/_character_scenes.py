"""`/character scene` and `story`: a character where and how somebody wants to see it."""

from typing import Final

from discord import app_commands
from discord.ext import commands

from cogs._caller import caller_of, visibility_of
from cogs._character_options import CHARACTER_DESCRIPTION, suggest_character
from cogs._edge import BotInteraction
from cogs._options import (
    ASPECT_CHOICES,
    KEPT_DESCRIPTIONS,
    KEPT_SUGGESTIONS,
    PAINT_DESCRIPTIONS,
    PAINT_SUGGESTIONS,
    Count,
    Seed,
)
from cogs._replies import paint
from services.asks import SceneAsk, StoryAsk
from services.kept_parts import start_scene, start_story

_REFERENCE: Final = "Which of its pictures the model looks at, such as 0,3; or none"


class SceneCommands(commands.Cog):
    """The commands that paint a character; a part of `cogs/character.py`."""

    @app_commands.command(description="Paint a character in a new scene")
    @app_commands.describe(
        **PAINT_DESCRIPTIONS,
        **KEPT_DESCRIPTIONS,
        character=CHARACTER_DESCRIPTION,
        scene="What happens, such as: now she is holding an umbrella in the rain",
        reference=_REFERENCE,
        count="How many pictures, each with a seed and a code of its own",
    )
    @app_commands.autocomplete(**PAINT_SUGGESTIONS, **KEPT_SUGGESTIONS, character=suggest_character)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def scene(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        character: str,
        scene: str,
        reference: str = "",
        model: str = "",
        seed: Seed | None = None,
        aspect: str = "",
        count: Count = 1,
        options: str = "",
        private: bool | None = None,
        saved: str = "",
        preset: str = "",
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        ask = SceneAsk(
            caller_of(interaction, visibility),
            character,
            scene,
            reference=reference,
            model=model,
            seed=seed,
            aspect=aspect,
            count=count,
            options=options,
            saved=saved,
            preset=preset,
        )
        await paint(interaction, visibility, start_scene(interaction.client.context, ask))

    @app_commands.command(description="Paint a character in several scenes, on one sheet")
    @app_commands.describe(
        **PAINT_DESCRIPTIONS,
        **KEPT_DESCRIPTIONS,
        character=CHARACTER_DESCRIPTION,
        scenes="2 to 8 scenes with | between them: asleep in a boat | holding an umbrella in the rain",
        reference=_REFERENCE,
    )
    @app_commands.autocomplete(**PAINT_SUGGESTIONS, **KEPT_SUGGESTIONS, character=suggest_character)
    @app_commands.choices(aspect=ASPECT_CHOICES)
    async def story(  # noqa: PLR0917 - discord.py reads the options from the signature
        self,
        interaction: BotInteraction,
        character: str,
        scenes: str,
        reference: str = "",
        model: str = "",
        seed: Seed | None = None,
        aspect: str = "",
        options: str = "",
        private: bool | None = None,
        saved: str = "",
        preset: str = "",
    ) -> None:
        """Plan, acknowledge, create; the job engine brings the result."""
        visibility = visibility_of(interaction, private)
        common = SceneAsk(
            caller_of(interaction, visibility),
            character,
            "",
            reference=reference,
            model=model,
            seed=seed,
            aspect=aspect,
            options=options,
            saved=saved,
            preset=preset,
        )
        ask = StoryAsk(common, scenes)
        await paint(interaction, visibility, start_story(interaction.client.context, ask))
