"""What a person asked for, exactly as typed: the values that the edges build and the use cases take.

Texts are still unchecked here; `plan_...` functions of the use cases check them without waiting.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from services.models import Origin, Visibility
from services.parts import NO_PART, RecipePart

DEFAULT_UPLOAD_LIMIT_BYTES = 10 * 1024 * 1024
"""Source: Discord's default for attachments, used where no `attachment_size_limit` is known."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from where, and who shall see the answer."""

    origin: Origin
    visibility: Visibility = Visibility.PUBLIC
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT_BYTES
    role_ids: frozenset[int] = frozenset()
    """The caller's roles in the server where it was asked; empty elsewhere."""


@dataclass(frozen=True, slots=True)
class PortraitAsk:
    """`/portrait`."""

    caller: Caller
    seed: int | None = None
    prompt_seed: int | None = None
    features: str = ""
    expression: str = ""
    keep: str = ""
    model: str = ""
    aspect: str = ""
    count: int = 1
    options: str = ""
    saved: str = ""
    """The name of a part of a recipe that fills in what was not typed."""
    preset: str = ""
    """The name of a set of parameters that fills in what was not typed."""
    kept: RecipePart = NO_PART
    """What those two give beside seeds and model, once they were looked up (`services/kept_parts.py`)."""


@dataclass(frozen=True, slots=True)
class PairAsk:
    """`/pair`: two portraits. `differ` names the one feature in which they differ; empty: two different people."""

    portrait: PortraitAsk
    same_seed: bool = False
    differ: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """Where a picture is to be had: an attachment's address, or one that somebody typed. It is never stored.

    `size_bytes` is what Discord says that it has.
    """

    address: str = field(repr=False)
    is_attachment: bool
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class ImagineAsk:
    """`/imagine`: the person's own words."""

    caller: Caller
    prompt: str
    seed: int | None = None
    model: str = ""
    aspect: str = ""
    count: int = 1
    options: str = ""
    references: str = ""
    """What the model is to look at: codes of earlier pictures, and addresses."""
    brought: Brought | None = None
    """A picture that is attached to the command, for the model to look at first."""
    has_agreed: bool = False
    """Whether the caller said that whoever is in the pictures that they bring agreed."""
    saved: str = ""
    preset: str = ""
    kept: RecipePart = NO_PART
    """These three are as in `PortraitAsk`."""


@dataclass(frozen=True, slots=True)
class SceneAsk:
    """`/character scene`: a kept character in a new scene."""

    caller: Caller
    character: str
    scene: str
    reference: str = ""
    """Numbers of its pictures to look at, "none" for none; empty for the usual ones."""
    model: str = ""
    seed: int | None = None
    aspect: str = ""
    count: int = 1
    options: str = ""
    saved: str = ""
    preset: str = ""
    kept: RecipePart = NO_PART
    """These three are as in `PortraitAsk`."""


@dataclass(frozen=True, slots=True)
class StoryAsk:
    """`/character story`: several scenes of one character; `scene` of `common` is not looked at."""

    common: SceneAsk
    scenes: str
    """The scenes, parted by "|" or line ends."""


class SeedChoice(StrEnum):
    """What a rerun does with the image seed."""

    SAME = "same"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class RerunAsk:
    """The picture of job `job_id` again, with the same or a new image seed; the same face either way."""

    caller: Caller
    job_id: int
    seed: SeedChoice


@dataclass(frozen=True, slots=True)
class EditAsk:
    """A picture again with changes; None leaves a field as it was.

    `prompt` is used for pictures made from own words, `prompt_seed` and `features` for drawn faces.
    """

    caller: Caller
    job_id: int
    prompt: str | None = None
    seed: int | None = None
    prompt_seed: int | None = None
    features: str | None = None
    model: str | None = None
    options: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was accepted: the request, its jobs in order, and what it may cost in all."""

    request_id: int
    job_ids: tuple[int, ...]
    codes: tuple[str, ...]
    model: str
    price_micro_usd: int
    is_new: bool = True
    """False where the same origin had been accepted before: nothing was started again."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at something, and from which server (None in direct messages)."""

    user_id: int
    guild_id: int | None = None
    roles: frozenset[int] = field(default_factory=frozenset)


def viewer_of(caller: Caller) -> Viewer:
    """Return the caller as somebody who looks at pictures."""
    return Viewer(caller.origin.user_id, caller.origin.guild_id, caller.role_ids)
