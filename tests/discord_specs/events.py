"""Which schema each gateway event and opcode is judged by, as tables.

A row names a schema file and a schema within it. Where discord-api-types gave no file of its own, the row is put
together from definitions of the files that there are and from Discord's "Gateway Events".
"""

from dataclasses import dataclass, field

from tests.discord_specs.schemas import Json


def of(name: str) -> Json:
    """Return a reference to a definition of the row's file."""
    return {"$ref": f"#/definitions/{name}"}


def fields(**required: Json) -> Json:
    """Return the schema of an object with these fields, all required."""
    return {"type": "object", "properties": required, "required": list(required)}


@dataclass(frozen=True, slots=True)
class Row:
    """A schema, and the file whose definitions it refers to."""

    file: str
    schema: Json = field(default_factory=dict)


SNOWFLAKE = of("Snowflake")
IN_GUILD = fields(guild_id=SNOWFLAKE)
INTEGER: Json = {"type": "integer"}
TEXT: Json = {"type": "string"}
NULL: Json = {"type": "null"}
BOOLEAN: Json = {"type": "boolean"}
ANY_OBJECT: Json = {"type": "object"}

_CHANNEL = Row("Interaction", {"allOf": [of("APIChannel"), IN_GUILD]})
_THREAD = Row("Interaction", {"allOf": [of("APIChannel"), IN_GUILD, fields(thread_metadata=ANY_OBJECT)]})
_ROLE = Row("GuildCreate", fields(guild_id=SNOWFLAKE, role=of("APIRole")))
_MEMBER = Row("GuildCreate", {"allOf": [of("APIGuildMember"), IN_GUILD]})
_MESSAGE = Row("MessageCreate", of("MessageCreate"))
_BY_A_MEMBER: Json = {"if": IN_GUILD, "then": {"required": ["member"]}}
_ON_MESSAGE = fields(channel_id=SNOWFLAKE, message_id=SNOWFLAKE)

EVENTS = {
    "READY": Row("Ready", of("Ready")),
    "RESUMED": Row("Ready", ANY_OBJECT),
    "GUILD_CREATE": Row("GuildCreate", of("GuildCreate")),
    "GUILD_UPDATE": Row(
        "GuildCreate",
        fields(
            id=SNOWFLAKE,
            name=TEXT,
            owner_id=SNOWFLAKE,
            preferred_locale=of("Locale"),
            roles={"type": "array", "items": of("APIRole")},
        ),
    ),
    "GUILD_DELETE": Row("GuildCreate", fields(id=SNOWFLAKE)),
    "GUILD_MEMBER_ADD": _MEMBER,
    "GUILD_MEMBER_UPDATE": _MEMBER,
    "GUILD_MEMBER_REMOVE": Row("GuildCreate", fields(guild_id=SNOWFLAKE, user=of("APIUser"))),
    "GUILD_MEMBERS_CHUNK": Row(
        "GuildCreate",
        fields(
            guild_id=SNOWFLAKE,
            members={"type": "array", "items": of("APIGuildMember")},
            chunk_index=INTEGER,
            chunk_count=INTEGER,
        ),
    ),
    "GUILD_ROLE_CREATE": _ROLE,
    "GUILD_ROLE_UPDATE": _ROLE,
    "GUILD_ROLE_DELETE": Row("GuildCreate", fields(guild_id=SNOWFLAKE, role_id=SNOWFLAKE)),
    "CHANNEL_CREATE": _CHANNEL,
    "CHANNEL_UPDATE": _CHANNEL,
    "CHANNEL_DELETE": _CHANNEL,
    "CHANNEL_PINS_UPDATE": Row("Interaction", fields(channel_id=SNOWFLAKE)),
    "THREAD_CREATE": _THREAD,
    "THREAD_UPDATE": _THREAD,
    "THREAD_DELETE": Row(
        "Interaction", fields(id=SNOWFLAKE, guild_id=SNOWFLAKE, parent_id=SNOWFLAKE, type=INTEGER)
    ),
    "MESSAGE_CREATE": _MESSAGE,
    "MESSAGE_UPDATE": _MESSAGE,
    "MESSAGE_DELETE": Row("MessageCreate", fields(id=SNOWFLAKE, channel_id=SNOWFLAKE)),
    "MESSAGE_DELETE_BULK": Row(
        "MessageCreate", fields(ids={"type": "array", "items": SNOWFLAKE}, channel_id=SNOWFLAKE)
    ),
    "MESSAGE_REACTION_ADD": Row("ReactionAdd", {"allOf": [of("ReactionAdd"), _BY_A_MEMBER]}),
    "MESSAGE_REACTION_REMOVE": Row("ReactionRemove", of("ReactionRemove")),
    "MESSAGE_REACTION_REMOVE_ALL": Row("ReactionRemove", _ON_MESSAGE),
    "MESSAGE_REACTION_REMOVE_EMOJI": Row(
        "ReactionRemove", {"allOf": [_ON_MESSAGE, fields(emoji=of("APIEmoji"))]}
    ),
    "TYPING_START": Row("GuildCreate", fields(channel_id=SNOWFLAKE, user_id=SNOWFLAKE, timestamp=INTEGER)),
}

# what the documentation's "Interaction Structure" promises in words: `data` always, the rest by where it happened
EVERY_INTERACTION: Json = {
    "required": ["data", "channel", "channel_id", "context", "locale"],
    "if": {"properties": {"context": {"const": 0}}},
    "then": {"required": ["guild", "guild_id", "guild_locale", "member"]},
    "else": {"required": ["user"]},
}
ON_A_MESSAGE: Json = {"required": ["message"]}


def _interaction(leaf: str, *more: Json) -> Row:
    return Row("Interaction", {"allOf": [of(leaf), EVERY_INTERACTION, *more]})


# by type, and for commands by the type of the command: whole interactions give errors that nobody can read
INTERACTIONS = {
    (2, 1): _interaction("APIChatInputApplicationCommandInteraction"),
    (2, 2): _interaction("APIUserApplicationCommandInteraction"),
    (2, 3): _interaction("APIMessageApplicationCommandInteraction"),
    (2, 4): _interaction("APIPrimaryEntryPointCommandInteraction"),
    (3, None): _interaction("APIMessageComponentInteraction", ON_A_MESSAGE),
    (4, None): _interaction("APIApplicationCommandAutocompleteInteraction"),
    (5, None): _interaction("APIModalSubmitInteraction"),
}

# opcodes with their payloads, other than dispatches
FROM_SERVER = {
    1: Row("Resume", NULL),
    7: Row("Resume", NULL),
    9: Row("Resume", BOOLEAN),
    10: Row("Resume", fields(heartbeat_interval=INTEGER)),
    11: Row("Resume", NULL),
}
FROM_CLIENT = {
    1: Row("Resume", {"type": ["integer", "null"]}),
    2: Row("Identify", of("Identify")),
    3: Row("Identify", of("GatewayPresenceUpdateData")),
    6: Row("Resume", of("Resume")),
    8: Row("GuildCreate", fields(guild_id=SNOWFLAKE)),
}
