"""The short way from found work to a free hand of this process, past the line in the database.

    with context.fetch_lane.hand() as hand:
        claim = await database.write(..., hand.worker_id)    # the same transaction claims it, "" leaves it in line
        if claim is not None:
            hand.start(claim)

Whatever happens, the work stands in the database: where no hand is free, or the process dies, it is claimed as usual.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Taker(Protocol[T_contra]):
    """Who has hands: a claim loop of the engine."""

    def lend_hand(self) -> bool:
        """Reserve a free hand; False where there is none."""
        ...

    def take_back(self, claimed: T_contra | None) -> None:
        """Work on what was claimed for the reserved hand; with None it is free again."""
        ...

    def suspect(self) -> None:
        """Note that something may have been claimed of which nobody here knows."""
        ...


class Hand(Generic[T]):
    """A hand for one piece of work. `worker_id` is whom to claim it for, "" where no hand is free."""

    def __init__(self, worker_id: str) -> None:
        self.worker_id = worker_id
        self.claimed: T | None = None
        self.is_doubtful = False

    def start(self, claimed: T | None) -> bool:
        """Begin with what was claimed for `worker_id` once the block ends; False where it is left in line."""
        self.claimed = claimed if self.worker_id else None
        return self.claimed is not None

    def doubt(self) -> None:
        """Note that something may have been claimed for this hand although nothing came back of it."""
        self.is_doubtful = bool(self.worker_id)


class Lane(Generic[T]):
    """A lane to one kind of hands. Closed until an engine opens it."""

    def __init__(self) -> None:
        self._taker: Taker[T] | None = None
        self._worker_id = ""

    def open(self, worker_id: str, taker: Taker[T]) -> None:
        """Lead to the hands of a worker from now on."""
        self._worker_id, self._taker = worker_id, taker

    def close(self) -> None:
        """Lead nowhere: everything is left in line."""
        self._worker_id, self._taker = "", None

    @contextmanager
    def hand(self) -> Iterator[Hand[T]]:
        """Give a free hand, or one that claims for nobody; an unused one is given back."""
        taker = self._taker
        if taker is None or not taker.lend_hand():
            yield Hand[T]("")
            return
        hand: Hand[T] = Hand(self._worker_id)
        try:
            yield hand
        except BaseException:
            hand.doubt()
            raise
        finally:
            if hand.is_doubtful:
                taker.suspect()
            taker.take_back(hand.claimed)
