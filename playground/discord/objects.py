"""Wire objects of users, members, roles, channels, guilds and applications, with every field that Discord sends.

*Source:* Discord's OpenAPI description (`*Response` schemas) and the gateway types of discord-api-types.
"""

from playground.discord.clock import iso
from playground.discord.errors import Json
from playground.discord.intents import application_flags
from playground.discord.snowflake import time_of
from playground.discord.world import (
    DM,
    FORUM,
    GROUP,
    THREAD,
    Application,
    Channel,
    Guild,
    Member,
    Role,
    User,
    World,
)

OVERWRITE_TYPES = {"role": 0, "member": 1}


def user_object(user: User) -> Json:
    """Return a user as others see it."""
    shown: Json = {
        "id": user.id,
        "username": user.name,
        "discriminator": "0000" if user.bot else "0",
        "global_name": user.global_name,
        "avatar": None,
        "avatar_decoration_data": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
        **user.looks,
    }
    if user.bot:
        shown["bot"] = True
    return shown


def profile_object(user: User) -> Json:
    """Return a user that is asked for by itself: only then Discord tells banner and accent colour."""
    return user_object(user) | {"banner": None, "accent_color": None}


def own_user_object(user: User) -> Json:
    """Return a user as it sees itself (`/users/@me`, READY)."""
    return profile_object(user) | {
        "mfa_enabled": True,
        "verified": True,
        "email": None,
        "locale": user.locale,
        "premium_type": 0,
        "bio": "",
    }


def member_object(member: Member) -> Json:
    """Return a member without its user, as messages carry it."""
    return {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "joined_at": iso(member.joined_s),
        "nick": member.nick,
        "pending": False,
        "premium_since": None,
        "roles": [role for role in member.roles if role != member.guild_id],
    }


def full_member_object(world: World, member: Member) -> Json:
    """Return a member with its user."""
    return member_object(member) | {"user": user_object(world.users[member.user_id])}


def role_object(role: Role) -> Json:
    """Return a role."""
    return {
        "id": role.id,
        "name": role.name,
        "permissions": str(role.permissions),
        "position": role.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel_object(world: World, channel: Channel, *, viewer_id: str = "") -> Json:
    """Return a channel; for DMs `viewer_id` is left out of the recipients."""
    shown: Json = {
        "id": channel.id,
        "type": channel.type,
        "flags": 0,
        "last_message_id": channel.last_message_id,
    }
    if channel.type in (DM, GROUP):
        return shown | _private_fields(world, channel, viewer_id)
    shown |= {
        "guild_id": channel.guild_id,
        "name": channel.name,
        "parent_id": channel.parent_id,
        "rate_limit_per_user": 0,
    }
    if channel.type == THREAD:
        return shown | _thread_fields(channel)
    return shown | _place_fields(channel) | (_FORUM if channel.type == FORUM else {})


def _private_fields(world: World, channel: Channel, viewer_id: str) -> Json:
    others = [user_id for user_id in channel.recipients if user_id != viewer_id]
    shown: Json = {"recipients": [user_object(world.users[user_id]) for user_id in others]}
    if channel.type == GROUP:
        owner_id = channel.owner_id or channel.recipients[0]
        shown |= {"name": channel.name, "icon": None, "owner_id": owner_id}
    return shown


def _place_fields(channel: Channel) -> Json:
    return {
        "position": channel.position,
        "nsfw": channel.nsfw,
        "topic": None,
        "permission_overwrites": [
            {
                "id": one.target_id,
                "type": OVERWRITE_TYPES[one.kind],
                "allow": str(one.allow),
                "deny": str(one.deny),
            }
            for one in channel.overwrites
        ],
    }


def _thread_fields(channel: Channel) -> Json:
    created = iso(time_of(channel.id))
    return {
        "owner_id": channel.owner_id,
        "thread_metadata": {
            "archived": channel.archived,
            "auto_archive_duration": 1440,
            "archive_timestamp": created,
            "create_timestamp": created,
            "locked": False,
        },
        "message_count": channel.messages_sent - channel.messages_deleted,
        "member_count": 1,
        "total_message_sent": channel.messages_sent,
    }


_FORUM: Json = {
    "available_tags": [],
    "default_reaction_emoji": None,
    "default_sort_order": None,
    "default_forum_layout": 0,
    "default_auto_archive_duration": 1440,
}


def guild_object(world: World, guild: Guild) -> Json:
    """Return a guild as `GET /guilds/{id}` answers."""
    return _GUILD | {
        "id": guild.id,
        "name": guild.name,
        "owner_id": guild.owner_id,
        "preferred_locale": guild.locale,
        "roles": [role_object(role) for role in world.roles_of(guild.id)],
    }


_GUILD: Json = {
    "icon": None, "description": None, "home_header": None, "splash": None, "discovery_splash": None,
    "features": [], "banner": None, "application_id": None, "region": "deprecated", "afk_channel_id": None,
    "afk_timeout": 300, "system_channel_id": None, "system_channel_flags": 0, "widget_enabled": False,
    "widget_channel_id": None, "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0,
    "explicit_content_filter": 0, "max_presences": None, "max_members": 500_000, "max_stage_video_channel_users": 50,
    "max_video_channel_users": 25, "vanity_url_code": None, "premium_tier": 0, "premium_subscription_count": 0,
    "rules_channel_id": None, "safety_alerts_channel_id": None, "public_updates_channel_id": None,
    "premium_progress_bar_enabled": False, "nsfw": False, "nsfw_level": 0, "emojis": [], "stickers": [],
    "incidents_data": None, "hub_type": None,
}  # fmt: skip


def guild_create_object(world: World, guild: Guild, bot_id: str) -> Json:
    """Return the data of GUILD_CREATE."""
    members = list(world.members_of(guild.id))
    channels = list(world.channels_of(guild.id))
    own = world.members[guild.id, bot_id]
    return guild_object(world, guild) | {
        "joined_at": iso(own.joined_s),
        "large": False,
        "unavailable": False,
        "member_count": len(members),
        "members": [full_member_object(world, member) for member in members],
        "channels": [channel_object(world, one) for one in channels if one.type != THREAD],
        "threads": [channel_object(world, one) for one in channels if one.type == THREAD and not one.archived],
        "voice_states": [], "presences": [], "stage_instances": [], "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }  # fmt: skip


def application_object(world: World, application: Application) -> Json:
    """Return an application as its own bot reads it."""
    flags = application_flags(application.privileged_intents)
    return {
        "id": application.id,
        "name": application.name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": user_object(world.users[application.id]),
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": application.public_key,
        "flags": flags,
        "flags_new": str(flags),
        "redirect_uris": list(application.redirect_uris),
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "event_webhooks_status": 1,
        "owner": user_object(world.users[application.owner_id]),
        "team": None,
        "approximate_guild_count": sum(1 for _ in world.guilds_of(application.id)),
        "approximate_user_install_count": sum(1 for _, one in world.installs if one == application.id),
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["bot", "applications.commands", "identify", "guilds"],
        "integration_types_config": {"0": {}, "1": {}},
    }
