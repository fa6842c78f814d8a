"""Starts interactions: builds the payload with every field that Discord sends, and dispatches it.

*Source:* Discord's "Receiving and Responding", interaction structure.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.discord import objects, posting
from playground.discord.errors import Json
from playground.discord.interactions import COMMAND, COMPONENT, MODAL_SUBMIT, Interaction
from playground.discord.messages import Message
from playground.discord.permissions import bits_of
from playground.discord.rules.bodies import FILE_MAX_BYTES
from playground.discord.sessions import Event
from playground.discord.world import DM, Application, Channel, User, World

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

USER_COMMAND, MESSAGE_COMMAND = 2, 3
GUILD_CONTEXT, BOT_DM_CONTEXT, PRIVATE_CONTEXT = 0, 1, 2
IN_PRIVATE_CHANNEL = bits_of(("ATTACH_FILES", "EMBED_LINKS", "MENTION_EVERYONE"))
IN_BOT_DM = IN_PRIVATE_CHANNEL | bits_of(("USE_EXTERNAL_EMOJIS",))


@dataclass(frozen=True, slots=True)
class Place:
    """Who acts where with which application, and how that application came there."""

    user: User
    channel: Channel
    application: Application
    guild_installed: bool
    user_installed: bool

    @property
    def context(self) -> int:
        """Return the interaction context."""
        if self.channel.guild_id is not None:
            return GUILD_CONTEXT
        is_own_dm = self.channel.type == DM and self.application.id in self.channel.recipients
        return BOT_DM_CONTEXT if is_own_dm else PRIVATE_CONTEXT


def place_of(local: "LocalDiscord", user: User, channel: Channel, application: Application) -> Place:
    """Return the place; in the bot's own DM it counts as installed for the guild side."""
    in_guild = channel.guild_id is not None and (channel.guild_id, application.id) in local.world.members
    own_dm = channel.type == DM and application.id in channel.recipients
    return Place(
        user, channel, application, in_guild or own_dm, (user.id, application.id) in local.world.installs
    )


def owners_of(place: Place, integration_types: list[int]) -> Json:
    """Return `authorizing_integration_owners` for a command that supports these installs."""
    owners: Json = {}
    if place.guild_installed and 0 in integration_types:
        owners["0"] = place.channel.guild_id or "0"
    if place.user_installed and 1 in integration_types:
        owners["1"] = place.user.id
    return owners


@dataclass(frozen=True, slots=True)
class Start:
    """What an interaction begins with; `named` adds the command's name to its metadata."""

    place: Place
    type: int
    data: Json
    owners: Json
    source: Message | None = None
    named: Json | None = None
    triggering: Json | None = None
    is_context_menu: bool = False
    file_ids: tuple[str, ...] = ()


def begin(local: "LocalDiscord", start: Start) -> Interaction:
    """Create an interaction and send it to the application's gateway sessions."""
    place = start.place
    interaction = Interaction(
        local.ids.next(),
        place.application.id,
        start.type,
        place.user.id,
        place.channel.id,
        place.channel.guild_id,
        local.clock.now_s(),
        metadata={},
        owners=start.owners,
        source_message_id=start.source.id if start.source else None,
        is_context_menu=start.is_context_menu,
        file_ids=start.file_ids,
    )
    interaction.metadata = _metadata(local.world, start, interaction.id)
    local.files.discard(local.interactions.add(interaction))
    payload = _payload(local, start, interaction)
    local.sessions.dispatch(
        place.application.id, Event("INTERACTION_CREATE", payload, place.channel.guild_id)
    )
    return interaction


def _metadata(world: World, start: Start, interaction_id: str) -> Json:
    """Return what messages later say about the interaction that made them."""
    metadata: Json = {
        "id": interaction_id,
        "type": start.type,
        "user": objects.user_object(start.place.user),
        "authorizing_integration_owners": start.owners,
    } | (start.named or {})
    if start.type == COMMAND:
        metadata |= _target(world, start.data)
    if start.type == COMPONENT and start.source is not None:
        metadata["interacted_message_id"] = start.source.id
    if start.type == MODAL_SUBMIT:
        metadata["triggering_interaction_metadata"] = start.triggering
    return metadata


def _target(world: World, data: Json) -> Json:
    """Return what a context menu was opened on, nothing for a slash command."""
    if data["type"] == USER_COMMAND:
        return {"target_user": objects.user_object(world.users[data["target_id"]])}
    return {"target_message_id": data["target_id"]} if data["type"] == MESSAGE_COMMAND else {}


def _payload(local: "LocalDiscord", start: Start, interaction: Interaction) -> Json:
    place, world = start.place, local.world
    channel, application = place.channel, place.application
    payload: Json = {
        "id": interaction.id,
        "application_id": application.id,
        "type": start.type,
        "data": start.data,
        "token": interaction.token,
        "version": 1,
        "channel_id": channel.id,
        "channel": objects.channel_object(world, channel, viewer_id=application.id),
        "app_permissions": str(_app_permissions(local, place)),
        "locale": place.user.locale,
        "entitlements": [],
        "authorizing_integration_owners": start.owners,
        "context": place.context,
        "attachment_size_limit": FILE_MAX_BYTES,
    }
    if channel.guild_id is None:
        payload["user"] = objects.user_object(place.user)
    else:
        guild = world.guilds[channel.guild_id]
        payload |= {
            "guild_id": guild.id,
            "guild": {"id": guild.id, "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": interaction_member(local, place),
        }
    if start.source is not None:
        payload["message"] = posting.for_bot(local, start.source, application.id)
    return payload


def interaction_member(local: "LocalDiscord", place: Place) -> Json:
    """Return the acting member with user and permissions."""
    member = local.world.members[place.channel.guild_id or "", place.user.id]
    mask = str(local.world.permissions(place.channel, place.user.id))
    return objects.full_member_object(local.world, member) | {"permissions": mask}


def _app_permissions(local: "LocalDiscord", place: Place) -> int:
    """Return what the bot may do there; where it is not a member, what its user may do counts.

    *Source:* Discord's interaction structure: direct messages and groups have fixed sets, the bot's own DM one more.
    """
    if place.context != GUILD_CONTEXT:
        return IN_BOT_DM if place.context == BOT_DM_CONTEXT else IN_PRIVATE_CHANNEL
    own = local.world.permissions(place.channel, place.application.id)
    return own or local.world.permissions(place.channel, place.user.id)
