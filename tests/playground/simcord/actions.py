"""What people do, as data; the same for every stage."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tests.playground.clients.people import PNG


@dataclass(frozen=True, slots=True)
class Ref:
    """Somebody or something of the world, by name."""

    kind: Literal["user", "role", "channel"]
    name: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture from somebody's disk."""

    filename: str
    content: bytes = PNG


Value: TypeAlias = str | int | float | bool | Ref | Upload | tuple[str | Ref | Upload, ...]
Values: TypeAlias = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Slash:
    """Run a command; `path` is its name with group and subcommand, parted by blanks."""

    path: str
    options: Values = field(default_factory=dict)
    who: str = "ada"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class Complete:
    """Type into an option that the bot completes."""

    path: str
    option: str
    typed: str
    options: Values = field(default_factory=dict)
    who: str = "ada"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class Click:
    """Press a button, or choose in a select, of the newest message that has it."""

    custom_id: str
    values: tuple[str | Ref | Upload, ...] | None = None
    who: str = "ada"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class Submit:
    """Send the form that the last answer was."""

    fields: Values
    who: str = "ada"


@dataclass(frozen=True, slots=True)
class OnMember:
    """Use a context menu on a member."""

    name: str
    member: str
    who: str = "ada"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class OnMessage:
    """Use a context menu on the newest message with that content."""

    name: str
    content: str
    who: str = "ada"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class React:
    """React to the newest message with that content, or take it back."""

    emoji: str
    content: str
    is_removal: bool = False
    who: str = "ben"
    place: str = "portraits"


@dataclass(frozen=True, slots=True)
class Say:
    """Write a message."""

    content: str
    files: tuple[Upload, ...] = ()
    who: str = "ada"
    place: str = "portraits"


Action: TypeAlias = Slash | Complete | Click | Submit | OnMember | OnMessage | React | Say


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a script."""

    name: str
    action: Action
