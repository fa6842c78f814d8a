from services.gateway_watch import GatewayWatch, ShardPulse


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def a_watch() -> tuple[GatewayWatch, Clock]:
    clock = Clock()
    return GatewayWatch(300.0, clock), clock


def test_a_standby_that_does_not_connect_is_not_dead() -> None:
    watch, clock = a_watch()
    clock.now_s = 10_000
    watch.look([ShardPulse(0, is_up=False, answered_at=None)])
    assert watch.silent_s() == 0
    assert watch.ages_s() == {}
    assert not watch.is_dead


def test_a_gateway_that_never_answers_is_dead_after_five_minutes() -> None:
    watch, clock = a_watch()
    watch.begin()
    clock.now_s = 299
    watch.look([])
    assert not watch.is_dead
    clock.now_s = 300
    assert watch.is_dead


def test_a_shard_that_never_answered_is_silent_since_the_beginning() -> None:
    watch, clock = a_watch()
    watch.begin()
    clock.now_s = 100
    watch.look([ShardPulse(0, is_up=False, answered_at=None)])
    assert watch.ages_s() == {0: 100}


def test_each_new_answer_counts_and_an_old_one_does_not() -> None:
    watch, clock = a_watch()
    watch.begin()
    for clock.now_s, answered_at in ((10, 7.0), (250, 240.0), (260, 240.0), (549, 240.0)):
        watch.look([ShardPulse(0, is_up=True, answered_at=answered_at)])
    assert watch.silent_s() == 299
    clock.now_s = 550
    watch.look([ShardPulse(0, is_up=True, answered_at=240.0)])
    assert watch.is_dead


def test_a_lost_connection_goes_on_being_silent() -> None:
    watch, clock = a_watch()
    watch.begin()
    watch.look([ShardPulse(0, is_up=True, answered_at=1.0)])
    clock.now_s = 100
    watch.look([ShardPulse(0, is_up=False, answered_at=None)])
    assert watch.silent_s() == 100
    assert watch.up() == {0: False}


def test_the_most_silent_shard_counts() -> None:
    watch, clock = a_watch()
    watch.begin()
    watch.look([ShardPulse(4, is_up=True, answered_at=1.0), ShardPulse(5, is_up=True, answered_at=1.0)])
    clock.now_s = 200
    watch.look([ShardPulse(4, is_up=True, answered_at=190.0), ShardPulse(5, is_up=True, answered_at=1.0)])
    assert watch.ages_s() == {4: 0, 5: 200}
    assert watch.silent_s() == 200


def lost(watch: GatewayWatch) -> None:
    watch.look([ShardPulse(0, is_up=False, answered_at=1.0)])


def test_a_lost_connection_is_dead_only_a_whole_patience_after_discord_was_last_away() -> None:
    watch, clock = a_watch()
    watch.begin()
    lost(watch)
    for clock.now_s in (200, 400, 1_000):
        watch.excuse()
    clock.now_s = 1_299
    lost(watch)
    assert not watch.is_dead
    assert watch.silent_s() == 1_299
    clock.now_s = 1_300
    assert watch.is_dead


def test_a_connection_that_looks_fine_and_brings_nothing_has_no_excuse() -> None:
    watch, clock = a_watch()
    watch.begin()
    clock.now_s = 300
    watch.look([ShardPulse(0, is_up=True, answered_at=None), ShardPulse(1, is_up=False, answered_at=None)])
    watch.excuse()
    assert watch.is_dead


def test_before_the_first_connection_an_excuse_counts_too() -> None:
    watch, clock = a_watch()
    watch.begin()
    clock.now_s = 300
    watch.excuse()
    assert not watch.is_dead


def test_discord_is_looked_at_after_a_minute_without_a_connection_and_then_twice_a_minute() -> None:
    watch, clock = a_watch()
    watch.begin()
    lost(watch)
    asked = []
    for clock.now_s in range(0, 151, 5):
        if watch.is_question_due():
            asked.append(clock.now_s)
    assert asked == [60, 90, 120, 150]
    watch.look([ShardPulse(0, is_up=True, answered_at=1.0)])
    clock.now_s = 250
    assert not watch.is_question_due()


def test_each_end_in_a_row_doubles_the_patience_up_to_eighty_minutes() -> None:
    patience_s = []
    for ends in (0, 1, 2, 4, 40):
        watch, clock = a_watch()
        watch.begin(ends)
        patience_s.append(watch.patience_s)
        clock.now_s = watch.patience_s - 1
        assert not watch.is_dead
        clock.now_s += 1
        assert watch.is_dead
    assert patience_s == [300, 600, 1_200, 4_800, 4_800]
