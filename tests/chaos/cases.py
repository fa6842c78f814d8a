"""What is under way when each crash point is passed, and how it must end."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FAL: Final = "fal/flux-dev"
BFL: Final = "bfl/flux-dev"
OPENAI: Final = "openai/gpt-image-2.5-flare"
SKETCH: Final = "sketch"


class End(StrEnum):
    """How an order may end."""

    DELIVERED = "delivered"
    """The picture stands in one message."""
    TOLD = "told"
    """No picture, and its owner has read that."""
    NOTHING = "nothing"
    """It was never accepted: nothing was charged and nothing is promised."""


class Held(StrEnum):
    """For how long the stand-in keeps an order from being finished."""

    NEVER = "never"
    UNTIL_RESTARTED = "until restarted"
    UNTIL_HEALED = "until healed"
    """Its owner cancels it."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way through one point: the process dies at its `passes`-th pass while an order for `model` is under way.

    `by_reaction`: a picture is there already, and a reaction asks for another one, so that the result goes to the
    channel. `has_webhooks`: the services know an address of ours. `off_for_s` is how long the machine stays off
    after the kill. `paid`: what the image service may have charged for, in submits.
    """

    point: str
    model: str = FAL
    passes: int = 1
    trick: str = ""
    by_reaction: bool = False
    has_webhooks: bool = True
    held: Held = Held.NEVER
    off_for_s: float = 0.0
    end: End = End.DELIVERED
    paid: tuple[int, ...] = (1,)

    @property
    def name(self) -> str:
        """Return how the table and the tests call it."""
        ways = (
            self.model.partition("/")[0],
            "reaction" if self.by_reaction else "",
            f"off {self.off_for_s:.0f} s" if self.off_for_s else "",
            "" if self.has_webhooks else "no webhooks",
        )
        return " ".join(filter(None, (self.point, *ways)))


MODERATED: Final = "[moderated]"
_A_POLL_LEASE_S: Final = 60.0
_A_NONCE_IS_OLD_S: Final = 400.0

CASES: Final = (
    Case("accept.before_row", end=End.NOTHING, paid=(0,)),
    Case("accept.after_row"),
    Case("submit.claimed"),
    Case("submit.claimed", SKETCH, paid=(0,)),
    Case("submit.marked", end=End.TOLD, paid=(0,)),
    Case("submit.marked", BFL, end=End.TOLD, paid=(0,)),
    Case("submit.marked", SKETCH, paid=(0,)),
    Case("submit.answered"),
    Case("submit.answered", BFL, held=Held.UNTIL_RESTARTED),
    Case("submit.answered", OPENAI, end=End.TOLD),
    # Without webhooks nothing but looks tells of an order; one whose id was lost is never heard of again.
    Case("submit.marked", has_webhooks=False, end=End.TOLD, paid=(0,)),
    Case("submit.answered", has_webhooks=False, end=End.TOLD),
    Case("look.begun", has_webhooks=False, off_for_s=_A_POLL_LEASE_S),
    Case("look.answered", has_webhooks=False, off_for_s=_A_POLL_LEASE_S),
    Case("look.begun", BFL, off_for_s=_A_POLL_LEASE_S),
    Case("look.answered", BFL, off_for_s=_A_POLL_LEASE_S),
    Case("webhook.before_commit"),
    Case("webhook.after_commit"),
    Case("fetch.begun"),
    # The start writes a picture of its own, to see whether it can.
    Case("store.half_written", passes=2),
    Case("store.renamed"),
    Case("settle.half_done"),
    Case("settle.committed"),
    Case("refund.half_done", trick=MODERATED, off_for_s=_A_POLL_LEASE_S, end=End.TOLD, paid=(0, 1)),
    Case("refund.committed", trick=MODERATED, off_for_s=_A_POLL_LEASE_S, end=End.TOLD, paid=(0, 1)),
    Case("deliver.before_post"),
    Case("deliver.before_post", passes=2, by_reaction=True, paid=(2,)),
    Case("deliver.posted"),
    Case("deliver.posted", passes=2, by_reaction=True, paid=(2,)),
    Case("deliver.posted", passes=2, by_reaction=True, paid=(2,), off_for_s=_A_NONCE_IS_OLD_S),
    Case("cancel.committed", held=Held.UNTIL_HEALED, end=End.TOLD, paid=(0, 1)),
    Case("cancel.answered", held=Held.UNTIL_HEALED, end=End.TOLD, paid=(0, 1)),
)
"""At least one for each point that the running service passes; the others have modes of their own."""
