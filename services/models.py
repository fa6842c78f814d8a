"""The values that everything speaks in. Frozen, standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

MAX_SEED: Final = 2**32 - 1
"""Seeds are 0..4294967295: every provider accepts that range, and it survives JSON in a browser."""

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
Parameters = Mapping[str, JsonValue]
NO_PARAMETERS: Final[Parameters] = MappingProxyType({})


class FeatureKey(NamedTuple):
    """Names one feature of the feature file: ("Shape", "Nose")."""

    category: str
    name: str

    def __str__(self) -> str:
        """Return the pointer form, "Shape/Nose"."""
        return f"{self.category}/{self.name}"


class DrawnFeature(NamedTuple):
    """One drawn value: ("Shape", "Nose", "aquiline")."""

    category: str
    name: str
    value: str

    @property
    def key(self) -> FeatureKey:
        """Return which feature this is a value of."""
        return FeatureKey(self.category, self.name)


Face = tuple[DrawnFeature, ...]
"""The drawn features in the order of the feature file."""


class CharacterUse(NamedTuple):
    """Which character a picture was made of, by its code, and in which version."""

    code: str
    version: int


class RecipeKind(StrEnum):
    """What made the prompt."""

    PORTRAIT = "portrait"
    IMAGINE = "imagine"


class RequestKind(StrEnum):
    """What a request asked for: a command, or what to do with an earlier picture. Older rows say "rerun" as well."""

    PORTRAIT = "portrait"
    PAIR = "pair"
    IMAGINE = "imagine"
    HEADSHOT = "headshot"
    """With the face of a photo that somebody brought."""
    SCENE = "scene"
    """A kept character somewhere."""
    STORY = "story"
    """A kept character in several scenes, which belong together."""
    AGAIN = "again"
    """Once more what came to nothing, or nobody knows what came of it."""
    SAME_SEED = "same"
    NEW_SEED = "new"
    EDIT = "edit"
    REROLL = "reroll"
    PAIR_WITH = "pair with"
    OTHER_MODEL = "other model"
    VARY_SUBTLE = "vary subtle"
    VARY_STRONG = "vary strong"
    UPSCALE = "upscale"


class Saying(NamedTuple):
    """Something that is said later, in the reader's language: the name of a text with its fields, sorted by name.

    Made by `services/sayings.py`, which knows the texts.
    """

    text: str
    fields: "tuple[tuple[str, str | int | Saying], ...]" = ()


class Dropped(NamedTuple):
    """A parameter that was asked for and not sent as asked, and why. Older recipes say that in English words."""

    name: str
    reason: Saying | str


LEFT_OUT: Final = "picture"
"""The name under which a recipe's `dropped` keeps what the painter could not paint."""

CAME_AS: Final = "size"
"""The name under which a recipe's `dropped` keeps that a picture has another size than was asked for."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything needed to make a picture again; its JSON form is versioned (`services/recipes.py`).

    `image_seed` is None on models that take no seed, `prompt_seed` where no features were drawn. `parameters` are
    those sent to the model, `references` SHA-256 hex digests, `feature_file` the SHA-256 of the feature file,
    `parent` the code of the recipe that this one was made from. `character` is who the picture shows, where that is a
    kept one: such recipes are version 2 (`services/recipes.py`, `of_character`).
    """

    kind: RecipeKind
    prompt: str
    provider: str
    model: str
    model_version: str
    image_seed: int | None
    prompt_seed: int | None = None
    features: Face = ()
    feature_file: str = ""
    aspect: str = "1:1"
    parameters: Parameters = field(default_factory=lambda: NO_PARAMETERS)
    dropped: tuple[Dropped, ...] = ()
    references: tuple[str, ...] = ()
    parent: str | None = None
    version: int = 1
    character: CharacterUse | None = None


class Visibility(StrEnum):
    """Who sees a result where it is posted."""

    PUBLIC = "public"
    PRIVATE = "private"


class OriginKind(StrEnum):
    """How a request reached us."""

    INTERACTION = "interaction"
    REACTION = "reaction"


class Installation(StrEnum):
    """Which owner authorised the app where the request was made: a server, or the user alone."""

    GUILD = "guild"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from. (kind, id) is unique: the same origin is never accepted twice.

    `token` is the interaction token: a secret for `token_expires_at_ms` (UTC epoch milliseconds), kept sealed.
    """

    kind: OriginKind
    id: str
    user_id: int
    channel_id: int
    guild_id: int | None = None
    installation: Installation = Installation.GUILD
    application_id: int = 0
    token: str | None = field(default=None, repr=False)
    token_expires_at_ms: int | None = None
    locale: str = "en-US"


class JobState(StrEnum):
    """Where a job is; one job is one picture."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    WAITING = "waiting"
    FETCHING = "fetching"
    STORED = "stored"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


OPEN_STATES: Final = (JobState.QUEUED, JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING)
RUNNING_STATES: Final = (JobState.SUBMITTING, JobState.WAITING, JobState.FETCHING)
ENDED_STATES: Final = (JobState.STORED, JobState.FAILED, JobState.CANCELED, JobState.UNKNOWN)

JOB_MOVES: Final[Mapping[JobState, frozenset[JobState]]] = MappingProxyType(
    {
        JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.CANCELED, JobState.FAILED}),
        JobState.SUBMITTING: frozenset(
            {
                JobState.WAITING,  # the provider has it
                JobState.FETCHING,  # the provider called back before its answer to the submit was kept
                JobState.STORED,  # the provider answered with the picture itself
                JobState.QUEUED,  # it is certain that nothing was accepted
                JobState.FAILED,
                JobState.CANCELED,
                JobState.UNKNOWN,  # it may have been accepted, and no word came
            }
        ),
        JobState.WAITING: frozenset(
            {JobState.FETCHING, JobState.FAILED, JobState.CANCELED, JobState.UNKNOWN}
        ),
        JobState.FETCHING: frozenset({JobState.STORED, JobState.FAILED, JobState.CANCELED}),
        JobState.UNKNOWN: frozenset({JobState.FETCHING}),  # a late call from the provider
        JobState.STORED: frozenset(),
        JobState.FAILED: frozenset(
            {JobState.FETCHING}
        ),  # its picture was made and lost, and its owner asks again
        JobState.CANCELED: frozenset(),
    }
)
"""Every allowed move of a job; `db/jobs/jobs.py` refuses the others."""


class Payer(StrEnum):
    """Whose account at the provider pays for a picture."""

    NOBODY = "nobody"
    """It is free: painted on this machine."""
    USER = "user"
    """The key of the person who asked."""
    SERVER = "server"
    """The key of the server in which it was asked for."""
    OPERATOR = "operator"
    """The key of whoever runs the bot."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account at one provider: whose it is, and the row id of its key (None for the operator's and for nobody's)."""

    payer: Payer
    key_id: int | None = None


NOBODYS_ACCOUNT: Final = Account(Payer.NOBODY)
OPERATORS_ACCOUNT: Final = Account(Payer.OPERATOR)


class BudgetOwner(StrEnum):
    """What a server's budget is for."""

    SERVER = "server"
    """All its members together."""
    ROLE = "role"
    """Each member who has the role, for himself."""
    USER = "user"
    """One person."""


class Period(StrEnum):
    """What a budget is for: a UTC day or a calendar month in UTC."""

    DAY = "day"
    MONTH = "month"


class AttemptState(StrEnum):
    """One try of a job with its provider. Only an open attempt may be sent."""

    OPEN = "open"
    NOT_SENT = "not_sent"
    DOUBTFUL = "doubtful"
    ENDED = "ended"


class DeliveryState(StrEnum):
    """Where a result is on its way to its owner."""

    PENDING = "pending"
    TRYING = "trying"
    DELIVERED = "delivered"
    PARKED = "parked"


class UploadKind(StrEnum):
    """What somebody brought: any picture, or a photo of a face, which is kept sealed and for 30 days only."""

    PICTURE = "picture"
    FACE = "face"


class DeliveryKind(StrEnum):
    """Why a message exists: the request's one result, a picture that came late, or a picture shown again."""

    RESULT = "result"
    LATE = "late"
    SHOWN = "shown"
