"""Who and what exists: users, applications, guilds, roles, channels, members, installs; and what each may do."""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from playground.discord import permissions
from playground.discord.credentials import bot_token, is_same, key_pair
from playground.discord.intents import ALL_PRIVILEGED
from playground.discord.permissions import Overwrite
from playground.discord.snowflake import Snowflakes

TEXT, DM, GROUP, CATEGORY, THREAD, FORUM = 0, 1, 3, 4, 11, 15
KINDS = {
    "text": TEXT,
    "age-restricted": TEXT,
    "forum": FORUM,
    "thread": THREAD,
    "group": GROUP,
    "category": CATEGORY,
}


class UnknownError(LookupError):
    """A name or id that nothing in the world has."""

    def __init__(self, kind: str, ref: str) -> None:
        self.kind = kind
        super().__init__(f"there is no {kind} {ref!r}")


@dataclass(frozen=True, slots=True)
class User:
    """A person, or the user of a bot; `looks` are the fields of its wire object that say how it decorates itself."""

    id: str
    name: str
    global_name: str | None = None
    bot: bool = False
    locale: str = "en-US"
    takes_dms: bool = True
    looks: Mapping[str, Any] = field(default_factory=dict)


def _client_secret() -> str:
    return secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Application:
    """A bot: its user has the same id. `redirect_uris` are where OAuth2 may send people back to."""

    id: str
    name: str
    token: str
    public_key: str
    private_key: str
    owner_id: str
    client_secret: str = field(default_factory=_client_secret)
    privileged_intents: int = ALL_PRIVILEGED
    redirect_uris: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; the one with its guild's id belongs to everyone."""

    id: str
    guild_id: str
    name: str
    permissions: int
    position: int = 0


@dataclass(frozen=True, slots=True)
class Guild:
    """A server."""

    id: str
    name: str
    owner_id: str
    locale: str = "en-US"


@dataclass(frozen=True, slots=True)
class Channel:
    """A place for messages; `guild_id` is absent for DMs and groups, which have `recipients` instead."""

    id: str
    type: int
    name: str
    guild_id: str | None = None
    parent_id: str | None = None
    nsfw: bool = False
    position: int = 0
    owner_id: str | None = None
    archived: bool = False
    overwrites: tuple[Overwrite, ...] = ()
    recipients: tuple[str, ...] = ()
    last_message_id: str | None = None
    messages_sent: int = 0
    messages_deleted: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """A user in a guild."""

    guild_id: str
    user_id: str
    joined_s: float
    roles: tuple[str, ...] = ()
    nick: str | None = None


class World:
    """Everything that exists; changes replace values and never edit them."""

    def __init__(self, ids: Snowflakes) -> None:
        self.ids = ids
        self.users: dict[str, User] = {}
        self.applications: dict[str, Application] = {}
        self.guilds: dict[str, Guild] = {}
        self.roles: dict[str, Role] = {}
        self.channels: dict[str, Channel] = {}
        self.members: dict[tuple[str, str], Member] = {}
        self.installs: set[tuple[str, str]] = set()

    def user(self, ref: str) -> User:
        """Return the user with that id or name."""
        found = self.users.get(ref) or next((user for user in self.users.values() if user.name == ref), None)
        if found is None:
            raise UnknownError("user", ref)
        return found

    def guild(self, ref: str) -> Guild:
        """Return the guild with that id or name."""
        found = self.guilds.get(ref) or next(
            (guild for guild in self.guilds.values() if guild.name == ref), None
        )
        if found is None:
            raise UnknownError("guild", ref)
        return found

    def role(self, guild_id: str, ref: str) -> Role:
        """Return the guild's role with that id or name."""
        for role in self.roles_of(guild_id):
            if ref in (role.id, role.name):
                return role
        raise UnknownError("role", ref)

    def channel(self, ref: str) -> Channel:
        """Return the channel with that id, name, or `guild/name`; the oldest where several bear the name."""
        if ref in self.channels:
            return self.channels[ref]
        guild_ref, _, name = ref.rpartition("/")
        guild_id = self.guild(guild_ref).id if guild_ref else None
        for channel in self.channels.values():
            if channel.name == name and guild_id in (None, channel.guild_id) and channel.type != DM:
                return channel
        raise UnknownError("channel", ref)

    def application(self, ref: str) -> Application:
        """Return the application with that id or name; the first one for an empty reference."""
        if not ref:
            return next(iter(self.applications.values()))
        for application in self.applications.values():
            if ref in (application.id, application.name):
                return application
        raise UnknownError("application", ref)

    def by_token(self, token: str) -> Application | None:
        """Return the application whose bot token this is."""
        return next((one for one in self.applications.values() if is_same(token, one.token)), None)

    def roles_of(self, guild_id: str) -> Iterator[Role]:
        """Yield a guild's roles, everyone's first."""
        return (role for role in self.roles.values() if role.guild_id == guild_id)

    def channels_of(self, guild_id: str) -> Iterator[Channel]:
        """Yield a guild's channels and threads."""
        return (channel for channel in self.channels.values() if channel.guild_id == guild_id)

    def members_of(self, guild_id: str) -> Iterator[Member]:
        """Yield a guild's members."""
        return (member for member in self.members.values() if member.guild_id == guild_id)

    def guilds_of(self, user_id: str) -> Iterator[Guild]:
        """Yield the guilds that a user is in."""
        return (self.guilds[guild_id] for guild_id, member_id in self.members if member_id == user_id)

    def dm(self, user_id: str, other_id: str) -> Channel:
        """Return the direct channel of two users, opened at the first use."""
        pair = tuple(sorted((user_id, other_id), key=int))
        for channel in self.channels.values():
            if channel.type == DM and channel.recipients == pair:
                return channel
        return self.put_channel(Channel(self.ids.next(), DM, "", recipients=pair))

    def put_channel(self, channel: Channel) -> Channel:
        """Store a channel, new or changed."""
        self.channels[channel.id] = channel
        return channel

    def add_user(self, name: str, **more: Any) -> User:  # noqa: ANN401 (fields of User)
        """Return the user of that name, created if there is none, with the given fields changed."""
        try:
            user = self.user(name)
        except UnknownError:
            user = User(self.ids.next(), name, name.capitalize())
        user = replace(user, **more)
        self.users[user.id] = user
        return user

    def add_application(self, name: str, owner_id: str) -> Application:
        """Create an application with its bot user."""
        application_id = self.ids.next()
        private_key, public_key = key_pair()
        application = Application(
            application_id, name, bot_token(application_id), public_key, private_key, owner_id
        )
        self.applications[application_id] = application
        self.users[application_id] = User(application_id, name.lower().replace(" ", "-"), name, bot=True)
        return application

    def add_guild(self, name: str, owner_id: str) -> Guild:
        """Create a guild with its owner and everyone's role."""
        guild = Guild(self.ids.next(), name, owner_id)
        self.guilds[guild.id] = guild
        self.roles[guild.id] = Role(guild.id, guild.id, "@everyone", permissions.EVERYONE)
        self.add_member(guild.id, owner_id, joined_s=0.0)
        return guild

    def add_member(
        self, guild_id: str, user_id: str, *, joined_s: float, roles: tuple[str, ...] = ()
    ) -> Member:
        """Let a user join a guild, or give a member further roles."""
        before = self.members.get((guild_id, user_id))
        if before is None:
            member = Member(guild_id, user_id, joined_s, roles)
        else:
            member = replace(before, roles=tuple(dict.fromkeys((*before.roles, *roles))))
        self.members[guild_id, user_id] = member
        return member

    def base_permissions(self, member: Member) -> int:
        """Return what a member's roles give in the guild, before any channel rules; everything to the owner."""
        if self.guilds[member.guild_id].owner_id == member.user_id:
            return permissions.ALL
        mask = self.roles[member.guild_id].permissions
        for role_id in member.roles:
            mask |= self.roles[role_id].permissions
        return permissions.ALL if mask & permissions.BITS["ADMINISTRATOR"] else mask

    def permissions(self, channel: Channel, user_id: str) -> int:
        """Return what a user may do in a channel; 0 for who cannot be there."""
        if channel.guild_id is None:
            return permissions.DIRECT if user_id in channel.recipients else 0
        member = self.members.get((channel.guild_id, user_id))
        if member is None:
            return 0
        base = self.base_permissions(member)
        ruling = self.channels[channel.parent_id] if channel.type == THREAD and channel.parent_id else channel
        return permissions.effective(
            base, ruling.overwrites, everyone_id=channel.guild_id, roles=member.roles, user_id=user_id
        )

    def overwrite(
        self, channel: Channel, target_id: str, kind: Literal["role", "member"], allow: int, deny: int
    ) -> Channel:
        """Set what a channel allows and denies to a role or member."""
        others = tuple(one for one in channel.overwrites if one.target_id != target_id)
        return self.put_channel(
            replace(channel, overwrites=(*others, Overwrite(target_id, kind, allow, deny)))
        )


def found_world(ids: Snowflakes) -> World:
    """Return the world as it is at the first start: guild atelier with ada, ben, mod and the bot."""
    world = World(ids)
    owner = world.add_user("mod", global_name="Mod")
    ada, ben = world.add_user("ada"), world.add_user("ben")
    guild = world.add_guild("atelier", owner.id)
    moderator = Role(ids.next(), guild.id, "moderators", permissions.MODERATOR, position=1)
    world.roles[moderator.id] = moderator
    bot = world.add_application("Limner", owner.id)
    for user_id in (ada.id, ben.id, bot.id):
        world.add_member(guild.id, user_id, joined_s=0.0)
    world.add_member(guild.id, owner.id, joined_s=0.0, roles=(moderator.id,))
    for position, name in enumerate(("portraits", "gallery", "lounge")):
        world.put_channel(Channel(ids.next(), TEXT, name, guild.id, position=position))
    return world
