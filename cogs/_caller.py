"""Who asks, from where, and who shall see the answer: an interaction or a reaction as the services' values."""

from typing import Final

from discord import DMChannel, Member, Permissions, RawReactionActionEvent, Thread, User

from cogs._edge import BotInteraction
from services.asks import Caller, Viewer
from services.errors import NotAllowedError, UserError
from services.jobs.courier import PictureResult
from services.models import Installation, Origin, OriginKind, Visibility
from services.privacy import PrivacyDefaults

_GUILD_INSTALL: Final = 0
"""Key of the server that authorised the app. Source: Discord, "Authorizing Integration Owners Object"."""

_MS_PER_MINUTE: Final = 60_000


def caller_of(interaction: BotInteraction, visibility: Visibility) -> Caller:
    """Return who asks for a picture, checked: the result can be posted where it was asked for.

    Raises NotAllowedError("missing_permission") where the channel forbids it, UserError("no_channel") where Discord
    did not say which channel it is.
    """
    origin = _origin_of(interaction)
    if visibility is Visibility.PUBLIC and origin.installation is Installation.GUILD:
        _check_permissions(interaction)
    return Caller(origin, visibility, interaction.filesize_limit, _roles_of(interaction.user))


def asker_of(interaction: BotInteraction) -> Caller:
    """Return who asks, unchecked: for what is only looked at. Raises UserError("no_channel")."""
    return Caller(_origin_of(interaction), role_ids=_roles_of(interaction.user))


def viewer_of(interaction: BotInteraction) -> Viewer:
    """Return who looks."""
    return Viewer(interaction.user.id, interaction.guild_id, _roles_of(interaction.user))


def visibility_of(interaction: BotInteraction, is_private: bool | None) -> Visibility:
    """Return who shall see the answer: as asked (`is_private`), else as this person's answers usually are."""
    if is_private is None:
        is_private = interaction.client.context.privacy.is_private(interaction.user.id, interaction.guild_id)
    return Visibility.PRIVATE if is_private else Visibility.PUBLIC


def visibility_beside(interaction: BotInteraction) -> Visibility:
    """Return who shall see the answer to a press: nobody else where the pressed message itself is private."""
    message = interaction.message
    return visibility_of(interaction, True if message is not None and message.flags.ephemeral else None)


def visibility_of_copy(interaction: BotInteraction, picture: PictureResult) -> Visibility:
    """Return who shall see what is painted after a picture, asked for in a private menu: nobody else where the picture
    itself is private, else who sees this person's answers usually."""
    return visibility_of(interaction, True if picture.is_private else None)


def reaction_caller(
    event: RawReactionActionEvent,
    application_id: int,
    privacy: PrivacyDefaults,
    *,
    now_ms: int,
    locale: str = "en-US",
) -> Caller:
    """Return who asks by a reaction; taking it back and giving it again within a minute is one request.

    `locale` is the server's: a reaction does not say that of whoever gave it.
    """
    name = (event.emoji.name or "").replace("\ufe0f", "")
    minute = now_ms // _MS_PER_MINUTE
    origin = Origin(
        kind=OriginKind.REACTION,
        id=f"{event.message_id}:{event.user_id}:{name}:{minute}",
        user_id=event.user_id,
        channel_id=event.channel_id,
        guild_id=event.guild_id,
        installation=Installation.GUILD,
        application_id=application_id,
        locale=locale,
    )
    is_private = privacy.is_private(event.user_id, event.guild_id)
    visibility = Visibility.PRIVATE if is_private else Visibility.PUBLIC
    return Caller(origin, visibility, role_ids=_roles_of(event.member))


def _roles_of(person: User | Member | None) -> frozenset[int]:
    """Return the roles of a member; a person outside of servers has none."""
    return frozenset(role.id for role in person.roles) if isinstance(person, Member) else frozenset()


def _origin_of(interaction: BotInteraction) -> Origin:
    """Return where an interaction came from."""
    if interaction.channel_id is None:
        raise UserError("no_channel", "the interaction names no channel of a known type")
    return Origin(
        kind=OriginKind.INTERACTION,
        id=str(interaction.id),
        user_id=interaction.user.id,
        channel_id=interaction.channel_id,
        guild_id=interaction.guild_id,
        installation=_installation_of(interaction),
        application_id=interaction.application_id,
        token=interaction.token,
        token_expires_at_ms=round(interaction.expires_at.timestamp() * 1000),
        locale=str(interaction.locale.value),
    )


def _installation_of(interaction: BotInteraction) -> Installation:
    """Return which owner authorised the app here; in the bot's own direct messages that counts as a server's."""
    if interaction.is_guild_integration():
        return Installation.GUILD
    is_own_dm = isinstance(interaction.channel, DMChannel) and interaction.context.dm_channel
    return Installation.GUILD if is_own_dm else Installation.USER


def _check_permissions(interaction: BotInteraction) -> None:
    """Raise NotAllowedError for the first permission that posting a picture in this channel lacks.

    It is named as discord.py names it; what Discord's own window calls it stands in the topic `permissions`.
    """
    if interaction.guild_id is None:
        return
    has: Permissions = interaction.app_permissions
    is_thread = isinstance(interaction.channel, Thread)
    needed = (
        ("view_channel", has.view_channel),
        ("send_messages_in_threads", has.send_messages_in_threads)
        if is_thread
        else ("send_messages", has.send_messages),
        ("attach_files", has.attach_files),
    )
    for permission, is_there in needed:
        if not is_there:
            raise NotAllowedError("missing_permission", f"lacks {permission}", permission=permission)
