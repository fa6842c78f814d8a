"""Jobs and ledger against a model: whatever happens to a job in whatever order, both books say what the model says.

The rules run the engine's own transactions. The model knows nothing of the ledger: it keeps for each job what its user
was charged and what its account paid, by the meaning of what happened.
"""

from collections.abc import Callable
from contextlib import closing

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from db.jobs import attempts, calls, jobs, line, moves, workers
from db.jobs.moves import Claim, ErrorJson
from db.money import ledger, ledger_sums
from db.upkeep import ledger_check
from services.models import OPEN_STATES, Account, JobState, Payer
from tests.db.books import PROVIDER, MemoryStore, ServerStore, Store, accept, image_of, new_request
from tests.db.ledger_model import Found, Told, error_of, handle_of, look

PEOPLE = st.sampled_from([1, 2, 3])
SERVERS = st.sampled_from([None, 10, 11])
PRICES = st.sampled_from([40_000, 1, 0, 1_234_567])
COSTS = st.sampled_from([None, 0, 1, 39_999, 2_000_000])
ACCOUNTS = st.sampled_from(
    [*[Account(Payer.OPERATOR)] * 4, Account(Payer.SERVER), Account(Payer.USER), Account(Payer.NOBODY)]
)
ANY = st.integers(0, 10**6)
CAPS = {PROVIDER: 1000}
LOST = ("result_lost", "provider_lost_order")


def _when(*states: JobState) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return the condition that a job is in one of these states: a rule that can do nothing is not worth a step."""
    return precondition(lambda self: any(state in states for state in self.states.values()))


class Books(RuleBasedStateMachine):
    """The rules; `store` is set by each test."""

    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.store.renew()
        self.worker = 0
        self.told: dict[int, Told] = {}
        self.states: dict[int, JobState] = {}
        self.claims: list[Claim] = []
        self.start()

    def start(self) -> None:
        """Enter as a worker, the only one that lives."""
        self.worker += 1
        self.store.do(workers.register, self.worker_id, is_only_worker=True)

    @property
    def worker_id(self) -> str:
        return f"worker-{self.worker}"

    def state(self, job_id: int) -> JobState:
        job = self.store.do(jobs.read_job, job_id)
        assert job is not None
        return job.state

    def any_job(self, number: int, *states: JobState) -> int | None:
        """Return one of the jobs in these states."""
        found = [job_id for job_id, state in self.states.items() if state in states]
        return found[number % len(found)] if found else None

    def claim_of(self, number: int, *states: JobState) -> Claim | None:
        """Return the newest attempt of a job in one of these states."""
        job_id = self.any_job(number, *states)
        return None if job_id is None else self.store.do(moves.read_claim, job_id)

    def held(self, number: int) -> Claim | None:
        """Return one of the claims that any worker ever had, newest first: also one that was taken over long ago."""
        return self.claims[-1 - number % len(self.claims)] if self.claims else None

    def end(self, claim: Claim, after: JobState, error: ErrorJson | None, before: JobState) -> None:
        """End a job without a picture, and tell the model what that means."""
        told, cost = self.told[claim.job.id], (error or {}).get("cost_micro_usd")
        said = (claim.attempt.outcome or {}).get("cost_micro_usd") if cost is None else cost
        if not self.store.do(moves.end_without_picture, claim, before, after, error):
            return
        is_charged = error is not None and error["charged"] is True
        taken = said if isinstance(said, int) else told.price
        if is_charged:
            told.end(charged=taken, paid=taken)
        elif before is JobState.FETCHING:
            told.end(charged=0, paid=taken)
        elif after is JobState.UNKNOWN or (error is not None and error["code"] in LOST):
            told.end(charged=0, paid=None)
        else:
            told.end(charged=0, paid=0)

    @rule(user=PEOPLE, guild=SERVERS, price=PRICES, account=ACCOUNTS, count=st.integers(1, 3))
    def accepts(self, user: int, guild: int | None, price: int, account: Account, count: int) -> None:
        price = 0 if account.payer is Payer.NOBODY else price
        request = new_request(user, guild, price=price, account=account, count=count)
        rows = self.store.do(accept, request)
        assert self.store.do(accept, request).job_ids == rows.job_ids
        self.told |= {job_id: Told(user, guild, account, price) for job_id in rows.job_ids}

    @initialize(guild=SERVERS, prices=st.lists(PRICES, min_size=6, max_size=6), cost=COSTS)
    def some_have_come_a_long_way(self, guild: int | None, prices: list[int], cost: int | None) -> None:
        """Begin with jobs in every place: few sequences of random steps would bring one that far."""
        for price in prices:
            self.accepts(1, guild, price, Account(Payer.OPERATOR), 1)
        self.claims_jobs([False, True, True, True, True])
        for claim in self.claims[2:]:
            self.store.do(moves.keep_waiting, claim, handle_of(claim.attempt.id), 0)
        self.store.do(moves.keep_outcome, self.claims[3], {"url": None, "cost_micro_usd": cost})
        self.end(self.claims[4], JobState.UNKNOWN, error_of("outcome_unknown"), JobState.WAITING)

    @_when(JobState.QUEUED)
    @rule(are_sent=st.lists(st.booleans(), min_size=1, max_size=4))
    def claims_jobs(self, are_sent: list[bool]) -> None:
        for is_sent in are_sent:
            claim = self.store.do(moves.claim_submit, self.worker_id, CAPS)
            if claim is None:
                return
            self.claims.append(claim)
            if is_sent:
                self.store.do(attempts.mark_sent, claim.attempt.id)

    @_when(JobState.SUBMITTING)
    @rule(number=ANY)
    def closes_an_attempt_that_never_left(self, number: int) -> None:
        held = [claim for claim in self.claims if self.states[claim.job.id] is JobState.SUBMITTING]
        now = [self.store.do(attempts.read_attempt, claim.attempt.id) for claim in held]
        unsent = [
            claim for claim, at in zip(held, now, strict=True) if at is not None and at.sent_age_s is None
        ]
        if not unsent:
            return
        claim = unsent[number % len(unsent)]
        self.store.do(moves.close_unsent, claim)
        if self.state(claim.job.id) is JobState.CANCELED:
            self.told[claim.job.id].end(charged=0, paid=0)

    @_when(JobState.SUBMITTING)
    @rule(number=ANY)
    def submit_is_answered(self, number: int) -> None:
        if (claim := self.held(number)) is not None:
            self.store.do(moves.keep_waiting, claim, handle_of(claim.attempt.id), 0)

    @_when(JobState.SUBMITTING)
    @rule(number=ANY, cost=COSTS)
    def submit_is_answered_with_the_picture(self, number: int, cost: int | None) -> None:
        if (claim := self.held(number)) is not None:
            self.stores(claim, JobState.SUBMITTING, cost)

    @_when(JobState.SUBMITTING)
    @rule(number=ANY, cost=COSTS, charged=st.booleans(), again=st.booleans())
    def submit_is_refused(self, number: int, cost: int | None, charged: bool, again: bool) -> None:
        claim = self.claim_of(number, JobState.SUBMITTING)
        if claim is None:
            return
        if again:
            self.store.do(moves.put_back, claim, 0, error_of("provider_busy"), is_counted=False)
            if self.state(claim.job.id) is JobState.CANCELED:
                self.told[claim.job.id].end(charged=0, paid=0)
        else:
            error = error_of("provider_rejected", charged=charged, cost=cost)
            self.end(claim, JobState.FAILED, error, JobState.SUBMITTING)

    @_when(JobState.SUBMITTING)
    @rule(number=ANY)
    def submit_has_no_certain_answer(self, number: int) -> None:
        if (claim := self.held(number)) is not None:
            self.store.do(moves.doubt, claim, -1, error_of("provider_unknown"))

    @_when(JobState.SUBMITTING)
    @rule()
    def doubt_is_over(self) -> None:
        for claim in self.store.do(moves.claims_past_doubt):
            self.end(claim, JobState.UNKNOWN, error_of("outcome_unknown"), JobState.SUBMITTING)

    @_when(JobState.SUBMITTING, JobState.WAITING, JobState.UNKNOWN, JobState.FAILED)
    @rule(number=ANY, cost=COSTS, times=st.integers(1, 2))
    def a_call_brings_the_picture(self, number: int, cost: int | None, times: int) -> None:
        if (claim := self.held(number)) is None:
            return
        outcome: ErrorJson = {"url": "https://pictures.test/1", "cost_micro_usd": cost}
        for _ in range(times):
            self.store.do(calls.finished, claim.attempt.id, PROVIDER, handle_of(claim.attempt.id), outcome)

    @_when(JobState.SUBMITTING, JobState.WAITING, JobState.UNKNOWN)
    @rule(number=ANY, cost=COSTS, charged=st.booleans(), times=st.integers(1, 2))
    def a_call_says_that_it_failed(self, number: int, cost: int | None, charged: bool, times: int) -> None:
        if (claim := self.held(number)) is None:
            return
        before, told = self.state(claim.job.id), self.told[claim.job.id]
        newest = self.store.do(attempts.last_attempt, claim.job.id)
        error = error_of("provider_rejected", charged=charged, cost=cost)
        for _ in range(times):
            self.store.do(calls.failed, claim.attempt.id, PROVIDER, error)
        if newest is None or newest.id != claim.attempt.id:
            return
        said = (newest.outcome or {}).get("cost_micro_usd") if cost is None else cost
        taken = (said if isinstance(said, int) else told.price) if charged else 0
        if before in {JobState.SUBMITTING, JobState.WAITING}:
            told.end(charged=taken, paid=taken)
        elif before is JobState.UNKNOWN:
            told.end(charged=0, paid=taken)

    @_when(JobState.SUBMITTING, JobState.WAITING, JobState.UNKNOWN)
    @rule(number=ANY)
    def a_hint_comes(self, number: int) -> None:
        if (claim := self.held(number)) is not None:
            self.store.do(calls.hinted, claim.attempt.id, PROVIDER, handle_of(claim.attempt.id))

    @_when(JobState.WAITING)
    @rule(number=ANY, cost=COSTS)
    def a_look_finds_the_picture(self, number: int, cost: int | None) -> None:
        if (claim := self.claim_of(number, JobState.WAITING)) is not None:
            self.store.do(moves.keep_outcome, claim, {"url": None, "cost_micro_usd": cost})

    @_when(JobState.WAITING)
    @rule(
        number=ANY, code=st.sampled_from(["provider_failed_inside", *LOST]), charged=st.booleans(), cost=COSTS
    )
    def a_look_finds_a_failure(self, number: int, code: str, charged: bool, cost: int | None) -> None:
        if (claim := self.claim_of(number, JobState.WAITING)) is not None:
            self.end(claim, JobState.FAILED, error_of(code, charged=charged, cost=cost), JobState.WAITING)

    @_when(JobState.WAITING)
    @rule(number=ANY)
    def an_order_is_given_up(self, number: int) -> None:
        if (claim := self.claim_of(number, JobState.WAITING)) is not None:
            self.end(claim, JobState.UNKNOWN, error_of("outcome_unknown"), JobState.WAITING)

    @_when(JobState.SUBMITTING, JobState.WAITING)
    @rule(number=ANY)
    def somebody_cancels(self, number: int) -> None:
        job_id = self.any_job(number, *OPEN_STATES)
        job = None if job_id is None else self.store.do(jobs.read_job, job_id)
        if job is None:
            return
        for before in self.store.do(line.cancel_request, job.request_id):
            if before.state is JobState.QUEUED:
                self.told[before.id].end(charged=0, paid=0)

    @_when(JobState.WAITING)
    @rule(number=ANY)
    def the_provider_confirms_a_cancel(self, number: int) -> None:
        if (claim := self.claim_of(number, JobState.WAITING)) is not None:
            self.end(claim, JobState.CANCELED, None, JobState.WAITING)

    @precondition(lambda self: list(self.states.values()).count(JobState.QUEUED) > 4)
    @rule()
    def the_line_is_ended(self) -> None:
        in_line = [job_id for job_id, state in self.states.items() if state is JobState.QUEUED]
        self.store.do(line.fail_queued, PROVIDER, error_of("provider_down"))
        for job_id in in_line:
            self.told[job_id].end(charged=0, paid=0)

    @_when(JobState.FETCHING)
    @rule(cost=COSTS, is_lost=st.booleans())
    def fetches(self, cost: int | None, is_lost: bool) -> None:
        if (claim := self.store.do(moves.claim_fetch, self.worker_id)) is None:
            return
        self.claims.append(claim)
        if is_lost:
            self.end(claim, JobState.FAILED, error_of("result_lost"), JobState.FETCHING)
        else:
            self.stores(claim, JobState.FETCHING, cost)

    def stores(self, claim: Claim, before: JobState, cost: int | None) -> None:
        """Keep a picture, twice: the second time changes nothing."""
        image = image_of(claim.job.id, claim.job.user_id)
        kept = self.store.do(moves.keep_picture, claim, before, image, cost_micro_usd=cost)
        assert not self.store.do(moves.keep_picture, claim, before, image, cost_micro_usd=cost).has_moved
        if kept.has_moved:
            told = self.told[claim.job.id]
            taken = told.price if cost is None else cost
            told.end(charged=taken, paid=taken)

    @_when(JobState.FAILED, JobState.UNKNOWN)
    @rule(number=ANY, cost=COSTS)
    def its_owner_asks_again_for_what_was_lost(self, number: int, cost: int | None) -> None:
        claim = self.claim_of(number, JobState.FAILED, JobState.UNKNOWN)
        if claim is not None:
            self.store.do(moves.keep_outcome, claim, {"url": None, "cost_micro_usd": cost})

    @_when(JobState.SUBMITTING, JobState.FETCHING)
    @rule()
    def the_process_dies_and_the_next_one_recovers(self) -> None:
        self.store.do(workers.leave, self.worker_id)
        self.start()
        for claim in self.store.do(moves.abandoned_claims):
            if claim.job.state is JobState.FETCHING:
                self.store.do(moves.postpone_fetch, claim, 0)
            elif claim.attempt.sent_age_s is not None:
                self.store.do(moves.doubt, claim, -1, error_of("worker_died"))
            else:
                self.store.do(moves.close_unsent, claim)
                if self.state(claim.job.id) is JobState.CANCELED:
                    self.told[claim.job.id].end(charged=0, paid=0)

    @rule(share=st.floats(0, 1))
    def entries_are_carried_forward(self, share: float) -> None:
        tail = self.store.do(ledger_sums.read_tail)
        until = tail.carried_to + round((tail.last_id - tail.carried_to) * share)
        while self.store.do(ledger_sums.carry_forward, until):
            pass

    @invariant()
    def both_books_say_what_the_model_says(self) -> None:
        found = self.store.do(look, (1, 2, 3))
        self.states = found.states
        self.sums_say_what_the_model_says(found)
        for job_id, told in self.told.items():
            for book in (ledger.ALLOWANCE, ledger.SPEND):
                assert found.balances.get((job_id, book), 0) == told.balance(book), (book, job_id, told)

    def sums_say_what_the_model_says(self, found: Found) -> None:
        """Compare what people and the operator spent, however much of it was carried forward."""
        spent: dict[tuple[int, int, str], int] = {}
        for told in self.told.values():
            key = (told.user_id, told.guild_id or ledger_sums.OUTSIDE, str(told.account.payer))
            spent[key] = spent.get(key, 0) + told.balance(ledger.ALLOWANCE)
        assert found.spent == {key: amount for key, amount in spent.items() if amount}
        of_operator = [told for told in self.told.values() if told.account.payer is Payer.OPERATOR]
        assert found.account == sum(told.balance(ledger.SPEND) for told in of_operator)

    @invariant()
    def no_job_disagrees_with_its_entries(self) -> None:
        assert self.store.do(ledger_check.check_ledger) == []


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize(
    ("database_url", "open_store", "examples"),
    [
        ("sqlite", MemoryStore, 40),
        pytest.param("postgresql", ServerStore, 4, marks=pytest.mark.postgres),
    ],
    indirect=["database_url"],
)
def test_both_books_balance_whatever_happens_to_jobs(
    database_url: str, open_store: Callable[[str], Store], examples: int
) -> None:
    with closing(open_store(database_url)) as store:
        machine = type("Opened", (Books,), {"store": store})
        run_state_machine_as_test(machine, settings=_settings(examples, 40))
