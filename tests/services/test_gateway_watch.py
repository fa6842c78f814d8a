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
