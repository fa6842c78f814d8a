"""A double click is one wish."""

from cogs._double_clicks import WINDOW_S, DoubleClicks


class Clock:
    """A clock that a test moves."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_press_that_comes_again_within_the_window_is_repeated_however_often() -> None:
    clock = Clock()
    clicks = DoubleClicks(clock)
    assert not clicks.is_repeated((1, 2, "v1:job:same:3"))
    for _ in range(20):
        clock.now_s += WINDOW_S * 0.9
        assert clicks.is_repeated((1, 2, "v1:job:same:3"))


def test_a_press_after_the_window_is_a_new_one() -> None:
    clock = Clock()
    clicks = DoubleClicks(clock)
    clicks.is_repeated((1, 2, "v1:job:same:3"))
    clock.now_s += WINDOW_S * 1.1

    assert not clicks.is_repeated((1, 2, "v1:job:same:3"))


def test_other_people_messages_and_buttons_do_not_count() -> None:
    clicks = DoubleClicks(Clock())
    clicks.is_repeated((1, 2, "v1:job:same:3"))

    assert not clicks.is_repeated((9, 2, "v1:job:same:3"))
    assert not clicks.is_repeated((1, 9, "v1:job:same:3"))
    assert not clicks.is_repeated((1, 2, "v1:job:new:3"))


def test_only_so_many_presses_are_kept() -> None:
    clock = Clock()
    clicks = DoubleClicks(clock)
    for number in range(5_000):
        clock.now_s += 0.01
        clicks.is_repeated((number, 2, "v1:job:same:3"))

    assert len(clicks._pressed_s) <= 1_001
