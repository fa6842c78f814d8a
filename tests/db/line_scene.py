"""A line of jobs to play with: queue, claim and end jobs of servers and people, inside one transaction."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.dialects.together import id_of, together
from db.jobs import claims
from db.jobs.claims import NO_SHARE_CAPS, ShareCaps
from db.jobs.fairness import Stand, after, read_line, take_turn
from db.jobs.new_jobs import NewJob, in_line
from db.tables.schema import jobs as jobs_table
from db.tables.schema import metadata, recipes, requests, users
from services.models import Account, JobState, Payer

ROOM: Mapping[str, int] = MappingProxyType({"fal": 1_000})
OWNER = 1


@dataclass(slots=True)
class Line:
    """The line, and who asked for which of its jobs. `reads_anew`: it is looked at before each job of a request."""

    conn: Connection
    caps: Mapping[str, int] = field(default_factory=lambda: ROOM)
    share_caps: ShareCaps = NO_SHARE_CAPS
    reads_anew: bool = False
    asked: dict[int, tuple[int, int]] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)
    recipe_id: int = 0
    request_id: int = 0

    def __post_init__(self) -> None:
        """Make the rows that jobs hang on."""
        run = self.conn.execute
        run(sa.insert(users).values(id=OWNER, first_seen_at_ms=1))
        recipe = sa.insert(recipes).values(code="line-1", user_id=OWNER, body={}, created_at_ms=1)
        self.recipe_id = run(recipe.returning(recipes.c.id)).scalar_one()
        request = sa.insert(requests).values(
            kind="imagine", origin="interaction", origin_id="line-1", user_id=OWNER, channel_id=1,
            installation="guild", visibility="public", application_id=1, locale="en", upload_limit_bytes=1,
            created_at_ms=1,
        )  # fmt: skip
        self.request_id = run(request.returning(requests.c.id)).scalar_one()

    def queue(
        self,
        server: int,
        user: int,
        count: int = 1,
        *,
        weight: int = 1,
        provider: str = "fal",
        key_id: int | None = None,
    ) -> list[int]:
        """Put jobs of a person in a server in line, as one request, and return their ids."""
        new = []
        stand = Stand(provider, key_id or 0, server, user, weight)
        seen = read_line(self.conn, stand)
        for _ in range(count):
            job = NewJob(
                len(self.asked), user, server, provider, f"{provider}/m", 0, Account(Payer.USER, key_id),
                self.request_id, self.recipe_id,
            )  # fmt: skip
            turn = take_turn(self.conn, stand, seen)
            done = together(self.conn, job=in_line(job, server, turn))
            new.append(id_of(done, "job"))
            self.asked[new[-1]] = (server, user)
            seen = read_line(self.conn, stand) if self.reads_anew else after(seen, turn)
        return new

    def claim(self) -> int | None:
        """Take the next job."""
        taken = claims.claim_queued(self.conn, "worker", self.caps, self.share_caps)
        if taken is None:
            return None
        self.running.append(taken.job.id)
        return taken.job.id

    def claims(self, count: int) -> list[tuple[int, int]]:
        """Take up to so many jobs, each ending before the next, and return whose they were: (server, user)."""
        found = []
        for _ in range(count):
            job_id = self.claim()
            if job_id is None:
                break
            found.append(self.asked[job_id])
            # The one before ends only now: a busy line is never without a job in the works.
            self.end(*self.running[:-1])
        return found

    def end(self, *job_ids: int) -> None:
        """Let jobs be done."""
        self.set(*job_ids, state=JobState.STORED, worker_id=None)
        self.running = [each for each in self.running if each not in job_ids]

    def set(self, *job_ids: int, **values: object) -> None:
        """Change columns of jobs."""
        self.conn.execute(sa.update(jobs_table).where(jobs_table.c.id.in_(job_ids)).values(**values))


_ENGINE = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
metadata.create_all(_ENGINE)


@contextmanager
def new_line() -> Iterator[Line]:
    """Give an empty line, of which nothing is kept."""
    with _ENGINE.connect() as conn:
        transaction = conn.begin()
        try:
            yield Line(conn)
        finally:
            transaction.rollback()
