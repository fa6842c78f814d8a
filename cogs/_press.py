"""A press about one picture: what every verb gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cogs._caller import viewer_of
from cogs._edge import BotInteraction
from services import history
from services.jobs.courier import PictureResult
from services.models import Visibility


@dataclass(frozen=True, slots=True)
class Press:
    """A press about job `job_id`; `visibility` is that of what it makes, `chosen` the values of a select."""

    interaction: BotInteraction
    job_id: int
    visibility: Visibility
    chosen: tuple[str, ...] = ()


Action = Callable[[Press], Awaitable[None]]


async def load_picture(interaction: BotInteraction, job_id: int) -> PictureResult:
    """Return the picture of a job. Raises NotFoundError("no_such_picture") when it is gone or not theirs to see."""
    return await history.find_picture_of_job(interaction.client.context, viewer_of(interaction), job_id)
