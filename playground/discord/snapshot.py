"""Values of the world and messages as JSON and back."""

from dataclasses import asdict, fields

from playground.discord.errors import Json
from playground.discord.messages import Message, Messages
from playground.discord.permissions import Overwrite
from playground.discord.world import Application, Channel, Guild, Member, Role, User, World

KINDS = {"users": User, "applications": Application, "guilds": Guild, "roles": Role}
_MESSAGE = tuple(one.name for one in fields(Message))


def world_json(world: World) -> Json:
    """Return the world as JSON."""
    stored: Json = {name: [asdict(one) for one in getattr(world, name).values()] for name in KINDS}
    stored["channels"] = [asdict(one) for one in world.channels.values()]
    stored["members"] = [asdict(one) for one in world.members.values()]
    stored["installs"] = sorted(world.installs)
    return stored


def load_world(world: World, stored: Json) -> None:
    """Fill an empty world; fields that an older snapshot does not have take their defaults."""
    for name, kind in KINDS.items():
        getattr(world, name).update((one["id"], kind(**_with_tuples(one))) for one in stored[name])
    for one in stored["channels"]:
        overwrites = tuple(Overwrite(**overwrite) for overwrite in one["overwrites"])
        channel = Channel(**_with_tuples(one) | {"overwrites": overwrites})
        world.channels[channel.id] = channel
    for one in stored["members"]:
        member = Member(**_with_tuples(one))
        world.members[member.guild_id, member.user_id] = member
    world.installs = {(user_id, application_id) for user_id, application_id in stored["installs"]}


def _with_tuples(stored: Json) -> Json:
    """Return the fields of a value with JSON's lists as the tuples that they were."""
    return {name: tuple(one) if isinstance(one, list) else one for name, one in stored.items()}


def message_json(message: Message) -> Json:
    """Return a message as JSON, not copied: its wire object is never edited."""
    return {name: getattr(message, name) for name in _MESSAGE}


def load_messages(messages: Messages, stored: list[Json]) -> None:
    """Fill an empty store of messages; the port may have changed, so every address is signed anew when read."""
    for one in stored:
        messages.add(Message(**one | {"signed_s": 0.0}))
