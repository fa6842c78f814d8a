"""`/budget`: what one has spent, and what a server lets its members spend. Every answer is seen by the person alone."""

from typing import Final

import discord
from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from cogs._budget_words import list_text, set_text, show_text
from cogs._caller import asker_of
from cogs._edge import BotInteraction, EdgeBot
from cogs._key_forms import may_manage
from cogs._language import language_of
from cogs._layout import text_view
from cogs._replies import acknowledge
from cogs._weight_words import weight_text, weights_text
from db.jobs.fairness import LARGEST_WEIGHT
from services import budgets, role_weights
from services.budgets import MOST_DOLLARS, BudgetPlace
from services.errors import NotAllowedError, UserError
from services.languages import say
from services.models import BudgetOwner, Period, Visibility

_PERIODS: Final = [
    Choice(name="a day", value=Period.DAY.value),
    Choice(name="a month", value=Period.MONTH.value),
]
_DESCRIPTIONS: Final = {
    "period": "A day or a calendar month, both in UTC",
    "role": "For each member with this role; @everyone for all members",
    "member": "For this person alone",
}

Dollars = Range[float, 0.0, MOST_DOLLARS]


class Budget(
    commands.GroupCog, group_name="budget", group_description="What may be spent here, and what was"
):
    """The commands. Discord has no permissions of single subcommands: those that set limits look at them here."""

    @app_commands.command(description="What you have spent here, and what limits it")
    async def show(self, interaction: BotInteraction) -> None:
        """Acknowledge, add up, show."""
        caller = asker_of(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            view = await budgets.show_budgets(interaction.client.context, caller)
        is_in_server, language = caller.origin.guild_id is not None, language_of(interaction)
        text = show_text(view, is_in_server=is_in_server, language=language)
        await interaction.edit_original_response(view=text_view(text))

    @app_commands.command(description="Limit what may be spent (for those who manage the server)")
    @app_commands.describe(dollars="How much; 0 for nothing", **_DESCRIPTIONS)
    @app_commands.choices(period=_PERIODS)
    async def set(
        self,
        interaction: BotInteraction,
        period: str,
        dollars: Dollars,
        role: discord.Role | None = None,
        member: discord.Member | None = None,
    ) -> None:
        """Check, acknowledge, keep, say what it does."""
        place = _place(interaction, period, role, member)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            kept = await budgets.set_budget(
                interaction.client.context, place, dollars, set_by=interaction.user.id
            )
        await interaction.edit_original_response(view=text_view(set_text(kept, language_of(interaction))))

    @app_commands.command(description="Take a limit away (for those who manage the server)")
    @app_commands.describe(**_DESCRIPTIONS)
    @app_commands.choices(period=_PERIODS)
    async def clear(
        self,
        interaction: BotInteraction,
        period: str,
        role: discord.Role | None = None,
        member: discord.Member | None = None,
    ) -> None:
        """Check, acknowledge, remove, say so."""
        place = _place(interaction, period, role, member)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            await budgets.clear_budget(interaction.client.context, place)
        await interaction.edit_original_response(
            view=text_view(say(language_of(interaction), "budget.cleared"))
        )

    @app_commands.command(description="The limits of this server (for those who manage it)")
    async def list(self, interaction: BotInteraction) -> None:
        """Check, acknowledge, show."""
        guild_id = managed_guild(interaction)
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            found = await budgets.list_budgets(interaction.client.context, guild_id)
        await interaction.edit_original_response(view=text_view(list_text(found, language_of(interaction))))

    @app_commands.command(description="Who waits less while several wait (for those who manage the server)")
    @app_commands.describe(
        role="Whose members; leave both out to see all weights", weight="1 (as everybody) to 10"
    )
    async def weight(
        self,
        interaction: BotInteraction,
        role: discord.Role | None = None,
        weight: Range[int, 1, LARGEST_WEIGHT] | None = None,
    ) -> None:
        """Check, acknowledge, keep or look, say so."""
        guild_id, context = managed_guild(interaction), interaction.client.context
        if (role is None) != (weight is None):
            raise UserError("half_a_weight", field="weight" if weight is None else "role")
        await acknowledge(interaction, Visibility.PRIVATE)
        async with interaction.client.gate.work():
            if role is not None and weight is not None:
                await role_weights.set_weight(context, guild_id, role.id, weight, set_by=interaction.user.id)
                text = weight_text(role.id, weight, language_of(interaction))
            else:
                found = await role_weights.list_weights(context, guild_id)
                text = weights_text(found, language_of(interaction))
        await interaction.edit_original_response(view=text_view(text))


def managed_guild(interaction: BotInteraction) -> int:
    """Return the id of the server that the person asks in and may manage.

    Raises NotAllowedError("budget_outside") where the bot is not a member, NotAllowedError("not_budget_manager").
    """
    if interaction.guild_id is None or not interaction.is_guild_integration():
        raise NotAllowedError("budget_outside", "limits outside of a server that has the bot")
    if not may_manage(interaction):
        raise NotAllowedError("not_budget_manager", f"user {interaction.user.id} does not manage the server")
    return interaction.guild_id


def _place(
    interaction: BotInteraction, period: str, role: discord.Role | None, member: discord.Member | None
) -> BudgetPlace:
    """Return whose limit is meant. Raises NotAllowedError, UserError("two_owners") where a role and a person are."""
    guild_id = managed_guild(interaction)
    if role is not None and member is not None:
        raise UserError("two_owners", field="role")
    of_period = Period.MONTH if period == Period.MONTH.value else Period.DAY
    if member is not None:
        return BudgetPlace(guild_id, BudgetOwner.USER, member.id, of_period)
    if role is not None:
        return BudgetPlace(guild_id, BudgetOwner.ROLE, role.id, of_period)
    return BudgetPlace(guild_id, BudgetOwner.SERVER, guild_id, of_period)


async def setup(bot: EdgeBot) -> None:
    """Add the commands."""
    await bot.add_cog(Budget())
