"""Gateway intents: which events each one lets through, which are privileged, and what hides without message content.

*Source:* Discord's "Gateway", list of intents and "Message Content Intent". Events that no intent names, such as
INTERACTION_CREATE, need none.
"""

from playground.discord.errors import Json

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15

# privileged intent: (its name, the application's flag that says it is switched on for an unverified bot)
PRIVILEGED = {
    GUILD_MEMBERS: ("GUILD_MEMBERS", 1 << 15),
    GUILD_PRESENCES: ("GUILD_PRESENCES", 1 << 13),
    MESSAGE_CONTENT: ("MESSAGE_CONTENT", 1 << 19),
}
BY_NAME = {name: intent for intent, (name, _) in PRIVILEGED.items()}
ALL_PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT

_MESSAGES = "MESSAGE_CREATE MESSAGE_UPDATE MESSAGE_DELETE MESSAGE_DELETE_BULK"
_REACTIONS = (
    "MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE MESSAGE_REACTION_REMOVE_ALL MESSAGE_REACTION_REMOVE_EMOJI"
)
_VOTES = "MESSAGE_POLL_VOTE_ADD MESSAGE_POLL_VOTE_REMOVE"
IN_GUILDS = {
    GUILDS: "GUILD_CREATE GUILD_UPDATE GUILD_DELETE GUILD_ROLE_CREATE GUILD_ROLE_UPDATE GUILD_ROLE_DELETE "
    "CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE CHANNEL_PINS_UPDATE THREAD_CREATE THREAD_UPDATE THREAD_DELETE "
    "THREAD_LIST_SYNC THREAD_MEMBER_UPDATE THREAD_MEMBERS_UPDATE "
    "STAGE_INSTANCE_CREATE STAGE_INSTANCE_UPDATE STAGE_INSTANCE_DELETE "
    "VOICE_CHANNEL_STATUS_UPDATE VOICE_CHANNEL_START_TIME_UPDATE",
    GUILD_MEMBERS: "GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE THREAD_MEMBERS_UPDATE",
    1 << 2: "GUILD_AUDIT_LOG_ENTRY_CREATE GUILD_BAN_ADD GUILD_BAN_REMOVE",
    1
    << 3: "GUILD_EMOJIS_UPDATE GUILD_STICKERS_UPDATE GUILD_SOUNDBOARD_SOUND_CREATE GUILD_SOUNDBOARD_SOUND_UPDATE "
    "GUILD_SOUNDBOARD_SOUND_DELETE GUILD_SOUNDBOARD_SOUNDS_UPDATE",
    1 << 4: "GUILD_INTEGRATIONS_UPDATE INTEGRATION_CREATE INTEGRATION_UPDATE INTEGRATION_DELETE",
    1 << 5: "WEBHOOKS_UPDATE",
    1 << 6: "INVITE_CREATE INVITE_DELETE",
    1 << 7: "VOICE_CHANNEL_EFFECT_SEND VOICE_STATE_UPDATE",
    GUILD_PRESENCES: "PRESENCE_UPDATE",
    GUILD_MESSAGES: _MESSAGES,
    1 << 10: _REACTIONS,
    1 << 11: "TYPING_START",
    1 << 16: "GUILD_SCHEDULED_EVENT_CREATE GUILD_SCHEDULED_EVENT_UPDATE GUILD_SCHEDULED_EVENT_DELETE "
    "GUILD_SCHEDULED_EVENT_USER_ADD GUILD_SCHEDULED_EVENT_USER_REMOVE",
    1 << 20: "AUTO_MODERATION_RULE_CREATE AUTO_MODERATION_RULE_UPDATE AUTO_MODERATION_RULE_DELETE",
    1 << 21: "AUTO_MODERATION_ACTION_EXECUTION",
    1 << 24: _VOTES,
}
IN_DIRECT_CHANNELS = {
    DIRECT_MESSAGES: f"{_MESSAGES} CHANNEL_PINS_UPDATE",
    1 << 13: _REACTIONS,
    1 << 14: "TYPING_START",
    1 << 25: _VOTES,
}
KNOWN = sum(IN_GUILDS) | sum(IN_DIRECT_CHANNELS) | MESSAGE_CONTENT

CONTENT_FIELDS: Json = {"content": "", "embeds": [], "attachments": [], "components": [], "poll": None}


def _by_event(table: dict[int, str]) -> dict[str, int]:
    """Return the intents that let an event through, any one of them being enough."""
    found: dict[str, int] = {}
    for intent, events in table.items():
        for event in events.split():
            found[event] = found.get(event, 0) | intent
    return found


_NEEDED = {True: _by_event(IN_GUILDS), False: _by_event(IN_DIRECT_CHANNELS)}


def allows(intents: int, event: str, *, in_guild: bool) -> bool:
    """Say whether a session with these intents receives an event."""
    needed = _NEEDED[in_guild].get(event)
    return needed is None or bool(intents & needed)


def is_open_to(message: Json, reader_id: str) -> bool:
    """Say whether a bot reads a guild's message without the message content intent: its own, and what mentions it."""
    return message["author"]["id"] == reader_id or any(one["id"] == reader_id for one in message["mentions"])


def without_content(message: Json, reader_id: str) -> Json:
    """Return a message as a bot without the message content intent reads it, also the one that it answers."""
    hidden = message | {name: empty for name, empty in CONTENT_FIELDS.items() if name in message}
    referred = message.get("referenced_message")
    if referred is not None and not is_open_to(referred, reader_id):
        hidden["referenced_message"] = without_content(referred, reader_id)
    return hidden


def application_flags(granted: int) -> int:
    """Return the flags of an application that these privileged intents are switched on for."""
    return sum(flag for intent, (_, flag) in PRIVILEGED.items() if granted & intent)
