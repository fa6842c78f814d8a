"""What the world of a local Discord holds, as attributes that discord.py and disnake both have.

`people_of` has set the scene.
"""

from datetime import UTC, datetime

from tests.playground.clients.people import LOOKS, PNG, Json, People

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
MANAGE_MESSAGES, SEND = 1 << 13, 1 << 11
V2_FLAG, EPHEMERAL_FLAG, LOADING_FLAG = 1 << 15, 1 << 6, 1 << 7
COMMAND_REPLY, MENU_REPLY = 20, 23
FILE_LIMIT = 10 * 1024 * 1024
NICKS = {"ada": "Adele", "ben": "Benny"}
SHOWN_LOOKS = {f"_{name}": value for name, value in LOOKS.items()}
"""Where both libraries keep them; what they offer of them in public differs."""
MEDIA = {"width": 16, "height": 32, "content_type": "image/png"}
LOADED = 2


def guild(people: People) -> Json:
    """Return what `atelier` is."""
    ids = people.ids
    return {
        "id": ids["atelier"], "name": "atelier", "member_count": people.member_count,
        "owner_id": ids["mod"], "afk_timeout": 300, "max_members": 500_000,
        "max_video_channel_users": 25, "preferred_locale.value": "fr", "verification_level.value": 0,
        "default_notifications.value": 0, "explicit_content_filter.value": 0, "nsfw_level.value": 0,
        "premium_tier": 0, "premium_subscription_count": 0, "premium_progress_bar_enabled": False, "features": [],
        "emojis": (), "stickers": (), "unavailable": False, "large": False, "icon": None, "banner": None,
        "splash": None, "discovery_splash": None, "description": None, "vanity_url_code": None, "afk_channel": None,
        "system_channel": None, "system_channel_flags.value": 0, "rules_channel": None,
        "public_updates_channel": None, "safety_alerts_channel": None, "max_presences": None,
        "widget_enabled": False,
    }  # fmt: skip


def role(people: People) -> Json:
    """Return what the role `painters` is."""
    return {
        "name": "painters", "permissions.value": SEND | MANAGE_MESSAGES, "position": 2, "hoist": False,
        "managed": False, "mentionable": False, "colour.value": 0, "icon": None, "guild.id": people.ids["atelier"],
        "flags.value": 0, "tags": None,
    }  # fmt: skip


def channel(people: People, name: str, position: int, *, nsfw: bool = False) -> Json:
    """Return what a text channel of `atelier` is."""
    return {
        "id": people.ids[name], "name": name, "position": position, "nsfw": nsfw, "type.value": 0, "topic": None,
        "slowmode_delay": 0, "category_id": None, "guild.id": people.ids["atelier"],
    }  # fmt: skip


def thread(people: People) -> Json:
    """Return what the thread `nook` is."""
    return {
        "id": people.ids["nook"], "name": "nook", "type.value": 11, "parent_id": people.ids["lounge"],
        "parent.name": "lounge", "owner_id": people.ids["mod"], "archived": False, "locked": False,
        "auto_archive_duration": 1440, "slowmode_delay": 0, "message_count": 0, "member_count": 1,
        "total_message_sent": 0, "created_at": archived_at(people.ids["nook"]),
        "archive_timestamp": archived_at(people.ids["nook"]), "guild.id": people.ids["atelier"],
    }  # fmt: skip


def archived_at(thread_id: int) -> datetime:
    """Return when a thread was made, by its id. *Source:* Discord's reference, "Snowflakes"."""
    return datetime.fromtimestamp(((thread_id >> 22) + 1_420_070_400_000) / 1000, UTC)


def user(people: People, name: str) -> Json:
    """Return what a person is."""
    return _person(people, name) | SHOWN_LOOKS


def _person(people: People, name: str) -> Json:
    return {
        "id": people.ids[name], "name": name, "global_name": name.capitalize(), "bot": False, "system": False,
        "discriminator": "0", "public_flags.value": 0, "avatar": None,
    }  # fmt: skip


def member(people: People, name: str, *, has_looks: bool = True) -> Json:
    """Return what a member of `atelier` is."""
    roles = {"ada": ["@everyone", "painters"], "mod": ["@everyone", "moderators"]}
    return _person(people, name) | {
        **{f"_user.{name}": value for name, value in SHOWN_LOOKS.items() if has_looks},
        "guild.id": people.ids["atelier"], "nick": NICKS.get(name), "pending": False,
        "premium_since": None, "joined_at": BEGINNING, "guild_avatar": None, "flags.value": 0,
        "top_role.name": roles.get(name, ["@everyone"])[-1],
    }  # fmt: skip


def own_user(people: People, name: str, global_name: str) -> Json:
    """Return what the bot itself is."""
    bot_id = int(people.bot_id)
    return {
        "id": bot_id,
        "name": name,
        "global_name": global_name,
        "bot": True,
        "verified": True,
        "mfa_enabled": True,
        **SHOWN_LOOKS,
    }


def interaction(people: People, kind: int) -> Json:
    """Return what something that ada does in `portraits` is."""
    return {
        "type.value": kind, "version": 1, "application_id": int(people.bot_id),
        "guild_id": people.ids["atelier"], "guild.id": people.ids["atelier"], "channel.id": people.ids["portraits"],
        "channel.name": "portraits", "user.id": people.ids["ada"], "locale.value": "de",
        "guild_locale.value": "fr", "permissions.manage_messages": True, "permissions.administrator": False,
        "app_permissions.send_messages": True, "app_permissions.attach_files": True, "entitlements": [],
    }  # fmt: skip


def direct_interaction(people: People) -> Json:
    """Return what a command is that ada types in her direct channel with the bot."""
    return {
        "type.value": 2, "guild_id": None, "guild": None, "guild_locale": None, "locale.value": "de",
        "channel.type.value": 1, "channel.recipient.id": people.ids["ada"], "user.name": "ada",
        "user.global_name": "Ada", "app_permissions.attach_files": True,
    }  # fmt: skip


def message(people: People, *, flags: int, kind: int = COMMAND_REPLY, content: str = "") -> Json:
    """Return what an answer of the bot in `portraits` is."""
    bot_id = int(people.bot_id)
    return {
        "author.id": bot_id, "author.bot": True, "channel.id": people.ids["portraits"], "content": content,
        "flags.value": flags, "type.value": kind, "pinned": False, "tts": False, "mention_everyone": False,
        "embeds": [], "mentions": [], "role_mentions": [], "stickers": [], "webhook_id": bot_id,
        "application_id": bot_id, "interaction_metadata.user.id": people.ids["ada"],
        "author.avatar_decoration.key": LOOKS["avatar_decoration_data"]["asset"],
        "author.primary_guild.tag": LOOKS["primary_guild"]["tag"],
        **{f"interaction_metadata.user.{name}": value for name, value in SHOWN_LOOKS.items()},
    }  # fmt: skip


def answers(people: People) -> dict[str, tuple[int, Json]]:
    """Return, by content, the kind of the answers that both bots give in public, and what is said of their origin."""
    return {
        "grey hair|['big']|['me.png']": (COMMAND_REPLY, {"type.value": 5}),
        "waved at ben": (
            MENU_REPLY,
            {"type.value": 2, "target_user.id": people.ids["ben"], "target_user.name": "ben"},
        ),
    }


def from_command(people: People, name: str, who: str = "ada") -> Json:
    """Return what the first answer to a command says of it, in the form that Discord keeps for older clients."""
    return {"_interaction.name": name, "_interaction.type.value": 2, "_interaction.user.id": people.ids[who]}


def picture(name: str, *, ephemeral: bool = False, description: str | None = None) -> Json:
    """Return what an attachment of the picture is."""
    return {
        "filename": name, "size": len(PNG), "width": 16, "height": 32, "content_type": "image/png",
        "ephemeral": ephemeral, "description": description, "flags.value": 0,
    }  # fmt: skip


def reaction(people: People, message_id: int, emoji: str) -> Json:
    """Return what ben's reaction to a message of `portraits` is."""
    return {
        "user_id": people.ids["ben"], "channel_id": people.ids["portraits"], "message_id": message_id,
        "guild_id": people.ids["atelier"], "emoji.name": emoji, "emoji.id": None, "emoji.animated": False,
    }  # fmt: skip
