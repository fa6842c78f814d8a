"""What is remembered for a moment: the same wish twice, and sentences that were said."""

from cogs._lately import CHANNEL_S, MOST_IN_A_CHANNEL, SAID_FOR_S, Lately, Notices


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_key_is_first_once_within_the_time_and_again_after_it() -> None:
    clock = Clock()
    lately = Lately(60, clock)
    assert lately.is_first("a")
    clock.now_s = 59.9
    assert not lately.is_first("a")
    assert lately.is_first("b")
    clock.now_s = 60
    assert lately.is_first("a"), "the first one counts, not the last try"
    assert not lately.is_first("b")


def test_a_forgotten_key_is_first_again() -> None:
    lately = Lately(60, Clock())
    lately.is_first("a")
    lately.forget("a")
    lately.forget("never noted")
    assert lately.is_first("a")


def test_the_oldest_keys_go_when_there_are_too_many() -> None:
    lately = Lately(60, Clock())
    for number in range(10_001):
        lately.is_first(number)
    assert not lately.is_first(10_000)
    assert lately.is_first(0)


def test_a_person_is_told_once_about_a_reaction() -> None:
    clock = Clock()
    notices = Notices(clock)
    assert [notices.may_say("ada", 1) for _ in range(3)] == [True, False, False]
    clock.now_s = SAID_FOR_S
    assert notices.may_say("ada", 1)


def test_a_channel_is_told_a_few_things_a_minute_whoever_they_are_for() -> None:
    clock = Clock()
    notices = Notices(clock)
    said = [notices.may_say(person, 1) for person in range(20)]
    assert said == [True] * MOST_IN_A_CHANNEL + [False] * (20 - MOST_IN_A_CHANNEL)
    assert notices.may_say(0, 2) is False, "told already, elsewhere"
    assert notices.may_say(19, 2), "another channel has room of its own"
    clock.now_s = CHANNEL_S
    assert notices.may_say(18, 1), "who was not told for want of room is told later"


def test_many_channels_are_forgotten_together() -> None:
    notices = Notices(Clock())
    for channel in range(10_002):
        notices.may_say(channel, channel)
    assert len(notices._channels) <= 10_001
