"""The short way to a free hand: what is lent is worked with or given back, whatever happens in between."""

import pytest

from services.lane import Lane


class Hands:
    """So many hands, and what became of each lent one."""

    def __init__(self, free: int) -> None:
        self.free = free
        self.started: list[str] = []
        self.suspected = 0

    def lend_hand(self) -> bool:
        if self.free == 0:
            return False
        self.free -= 1
        return True

    def take_back(self, claimed: str | None) -> None:
        if claimed is None:
            self.free += 1
        else:
            self.started.append(claimed)

    def suspect(self) -> None:
        self.suspected += 1


def opened(free: int = 1) -> tuple[Lane[str], Hands]:
    lane, hands = Lane[str](), Hands(free)
    lane.open("worker", hands)
    return lane, hands


def test_a_free_hand_claims_for_its_worker_and_begins_when_the_block_ends() -> None:
    lane, hands = opened()
    with lane.hand() as hand:
        assert hand.worker_id == "worker"
        assert hand.start("work")
        assert hands.started == []

    assert (hands.started, hands.free, hands.suspected) == (["work"], 0, 0)


def test_an_unused_hand_is_given_back() -> None:
    lane, hands = opened()
    with lane.hand() as hand:
        assert not hand.start(None)

    assert (hands.started, hands.free) == ([], 1)


@pytest.mark.parametrize("is_open", [True, False])
def test_without_a_free_hand_the_work_is_left_in_line(*, is_open: bool) -> None:
    lane, hands = opened(free=0)
    if not is_open:
        lane.close()
    with lane.hand() as hand:
        assert hand.worker_id == ""
        assert not hand.start("work")

    assert hands.started == []


def test_a_claim_that_failed_is_suspected_and_its_hand_given_back() -> None:
    lane, hands = opened()
    with pytest.raises(OSError, match="gone"), lane.hand():
        raise OSError("gone")

    assert (hands.free, hands.suspected) == (1, 1)


def test_a_doubtful_answer_is_suspected_too() -> None:
    lane, hands = opened()
    with lane.hand() as hand:
        hand.doubt()

    assert (hands.free, hands.suspected) == (1, 1)


def test_a_doubt_without_a_hand_is_none() -> None:
    lane, hands = opened(free=0)
    with lane.hand() as hand:
        hand.doubt()

    assert hands.suspected == 0
