"""One writer a message: progress and result in turns, the result last."""

import asyncio

from services.jobs.message_turns import MessageTurns

REQUEST, OTHER = 1, 2


async def may_show(turns: MessageTurns, request_id: int = REQUEST) -> bool:
    async with turns.progress(request_id) as may:
        return may


async def deliver(turns: MessageTurns, said: list[str]) -> None:
    async with turns.result(REQUEST):
        said.append("result")


async def test_lets_progress_through_while_nothing_else_writes() -> None:
    turns = MessageTurns()
    turns.begin_tick()

    assert await may_show(turns)
    assert await may_show(turns)


async def test_the_result_waits_for_the_progress_edit_that_is_on_its_way() -> None:
    turns, said = MessageTurns(), list[str]()
    async with turns.progress(REQUEST) as may:
        assert may
        delivering = asyncio.create_task(deliver(turns, said))
        await asyncio.sleep(0.01)  # time enough to come too early
        assert said == []
        said.append("progress")
    await delivering

    assert said == ["progress", "result"]


async def test_drops_progress_while_another_edit_of_the_message_is_on_its_way() -> None:
    turns = MessageTurns()
    async with turns.progress(REQUEST):
        assert not await may_show(turns)
        assert await may_show(turns, OTHER)

    assert await may_show(turns)


async def test_drops_progress_while_the_result_is_on_its_way() -> None:
    turns = MessageTurns()
    async with turns.result(REQUEST):
        turns.begin_tick()
        assert not await may_show(turns)
        assert await may_show(turns, OTHER)


async def test_drops_the_progress_of_a_tick_in_which_the_result_was_sent() -> None:
    turns = MessageTurns()
    turns.begin_tick()
    async with turns.result(REQUEST):
        pass
    turns.leave(REQUEST)

    assert not await may_show(turns)
    assert await may_show(turns, OTHER)


async def test_asks_for_the_result_once_more_after_an_edit_whose_fate_is_unknown() -> None:
    turns = MessageTurns()
    turns.mark_uncertain(REQUEST)

    assert not turns.leave(OTHER)
    assert turns.leave(REQUEST)
    assert not turns.leave(REQUEST)


async def test_gives_the_turn_back_when_an_edit_fails() -> None:
    turns, said = MessageTurns(), list[str]()
    for _ in range(2):
        try:
            async with turns.progress(REQUEST):
                raise OSError
        except OSError:
            said.append("failed")
    await deliver(turns, said)

    assert said == ["failed", "failed", "result"]


async def test_keeps_nothing_of_a_request_that_has_left() -> None:
    turns = MessageTurns()
    for request_id in range(100):
        turns.begin_tick()
        await may_show(turns, request_id)
        async with turns.result(request_id):
            turns.mark_uncertain(request_id)
        turns.leave(request_id)
        # The tick had read the running requests before this one was answered.
        assert not await may_show(turns, request_id)
    turns.begin_tick()

    assert (turns._locks, turns._uncertain, turns._answered) == ({}, set(), set())
