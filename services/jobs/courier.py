"""The one way in which the job engine reaches people. Implemented in `cogs/_courier.py` over Discord.

The engine decides what is said, where and when; the courier knows how it looks and how it is sent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from services.models import JsonValue, Origin, Payer, Recipe, Visibility

if TYPE_CHECKING:
    from services.jobs.ready_files import ReadyFile


class Rung(StrEnum):
    """A way to bring a result to its owner, see `services/jobs/ladder.py`."""

    ORIGINAL = "original"
    CHANNEL = "channel"
    DIRECT = "direct"


class Sending(StrEnum):
    """What became of one try to send."""

    SENT = "sent"
    REFUSED = "refused"
    """This way is closed for good (token over, channel gone, no permission): try the next rung."""
    UNCERTAIN = "uncertain"
    """It may have arrived (a 5xx, a lost connection): only the rung's own rule may repeat it."""
    LATER = "later"
    """Discord asks to wait; nothing was posted."""
    UNSEEN = "unseen"
    """An earlier try may have arrived, and nobody can see whether: nothing was posted, and nothing may be."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The answer to one try: where the message is when it was sent, the reason for the log when it was not."""

    sending: Sending
    channel_id: int | None = None
    message_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CharacterTag:
    """Of which character a picture is: its name, the version that was used, and the number of the picture.

    `number` is None where the picture was taken from the character.
    """

    name: str
    version: int
    number: int | None


@dataclass(frozen=True, slots=True)
class PictureResult:
    """One finished picture of a request. `digest` is the stored file's; the courier fetches the bytes itself.

    `payer` is whose account paid, `provider_task` the provider's own id of the order, "" where there is none.
    """

    job_id: int
    code: str
    recipe: Recipe
    digest: str
    image_format: str
    width: int
    height: int
    price_micro_usd: int
    cost_micro_usd: int | None
    is_private: bool = False
    payer: Payer = Payer.OPERATOR
    provider_task: str = ""
    is_given_back: bool = False
    """Whether its price was given back before it came: it counts against no allowance."""
    request_kind: str = ""
    """What was asked for (`RequestKind`; older rows have other words): the step from its parent to it."""
    character: CharacterTag | None = None
    photo_until_ms: int | None = None
    """Until when its owner's photo is kept that it resembles, UTC epoch ms; None for one that looks at none kept."""
    ready: "ReadyFile | None" = field(default=None, compare=False, repr=False)
    """Its file, where it was made already (`services/jobs/ready_files.py`)."""


@dataclass(frozen=True, slots=True)
class FailedResult:
    """One picture that did not come: the error's stable code and fields, and whether it was charged."""

    job_id: int
    code: str
    state: str
    fields: Mapping[str, JsonValue]
    reference: str
    price_micro_usd: int = 0
    model: str = ""
    payer: Payer = Payer.OPERATOR
    is_charged: bool = False
    has_details: bool = False
    """Whether the provider said something that the owner of the key may read."""
    cost_micro_usd: int | None = None
    """What the provider took, None where it took nothing or did not say."""


@dataclass(frozen=True, slots=True)
class RequestResult:
    """Everything that a finished request has to show, in the order asked for."""

    request_id: int
    delivery_id: int
    kind: str
    origin: Origin
    visibility: Visibility
    upload_limit_bytes: int
    pictures: tuple[PictureResult, ...]
    failures: tuple[FailedResult, ...]
    deleted: tuple[int, ...] = ()
    """Jobs whose pictures were deleted before this: an earlier message may show them."""


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """Where a running request stands. `place` counts the jobs ahead in our line (0 = its turn), None once it runs.

    `expected_s` is how long its pictures usually take, `wait_s` in how many seconds it is expected while it is in line.
    """

    request_id: int
    first_job_id: int
    origin: Origin
    visibility: Visibility
    model: str
    pictures_done: int
    pictures_total: int
    place: int | None
    fraction: float | None
    log_line: str | None
    elapsed_s: float
    expected_s: float | None
    doubtful_job_id: int | None = None
    """A job of which nobody knows whether its order was taken, on `model` for `price_micro_usd`; None without one."""
    price_micro_usd: int = 0
    wait_s: float | None = None
    total_micro_usd: int = 0
    """What all pictures of the request were expected to cost when it was accepted."""


@dataclass(frozen=True, slots=True)
class MessagePlace:
    """A message that shows pictures. `job_ids` are those it still shows after a deletion; () when it must go."""

    channel_id: int
    message_id: int
    job_ids: tuple[int, ...]


class Courier(Protocol):
    """Sends to Discord. No method raises for what Discord answers; the answer is in the returned value."""

    async def show_progress(self, report: ProgressReport) -> bool:
        """Show a running request on its original message; one try. Return whether the call ended for certain."""
        ...

    async def deliver(self, rung: Rung, result: RequestResult) -> Sent:
        """Post the result by one rung, once."""
        ...

    async def clear(self, origin: Origin, places: Sequence[MessagePlace]) -> bool | None:
        """Take a deleted picture out of the messages that show it, for whoever made the request `origin`.

        Return whether none shows it any more, as far as anybody can know; None where nothing may be asked now.
        """

    async def find_delivered(
        self, place: Rung, origin: Origin, job_ids: Collection[int], since_ms: int
    ) -> Sent | None:
        """Look in the channel, or in the direct messages, for a result's message since `since_ms`.

        It is known by a button under it that is about one of `job_ids`: deleted ones too, as a message of several
        pictures has the buttons of its first one. `since_ms` is UTC epoch milliseconds of the database's clock. Returns
        SENT with the message's ids, None when it is certainly not there, REFUSED when the history cannot be read,
        UNSEEN when not all of it can, LATER or UNCERTAIN when it cannot be now.
        """
        ...
