"""The table `store_walks`: how far the walk over all files of the store is, and what the last whole one counted.

Whichever process finds it due takes the next stretch of it; so it goes on where another process died.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from db.tables.schema import images, store_walks, uploads
from db.tables.types import database_now_ms
from services.models import JsonValue

WALK = "files"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a walk has seen: files and their bytes, files that nobody needed, pictures whose file is not there."""

    files: int = 0
    size_bytes: int = 0
    orphans: int = 0
    missing: int = 0
    damaged: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Return both together."""
        mine, theirs = asdict(self), asdict(other)
        return Counts(**{name: mine[name] + theirs[name] for name in mine})


@dataclass(frozen=True, slots=True)
class Walk:
    """The walk as it stands: `place` is the last digest it has seen, "" at its beginning."""

    place: str
    so_far: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class LastWalk:
    """What the last whole walk counted, and when it ended."""

    found: Counts
    ended_at_ms: int


def _counts(value: JsonValue) -> Counts:
    known = value if isinstance(value, dict) else {}
    return Counts(**{name: number for name, number in known.items() if isinstance(number, int)})


def _json(counts: Counts) -> dict[str, JsonValue]:
    return dict(asdict(counts))


def claim(conn: Connection, period_ms: int, lease_ms: int) -> Walk | None:
    """Take the next stretch; None while another process has it, or the last walk began less than a period ago.

    Raises ConflictError where two processes take the very first one.
    """
    row = conn.execute(sa.select(store_walks).where(store_walks.c.name == WALK)).mappings().first()
    now_ms = conn.execute(sa.select(database_now_ms())).scalar_one()
    anew = {"place": "", "began_at_ms": now_ms, "ended_at_ms": None, "so_far": None, "claimed_at_ms": now_ms}
    if row is None:
        conn.execute(sa.insert(store_walks).values(name=WALK, **anew))
        return Walk("")
    if row["claimed_at_ms"] > now_ms - lease_ms:
        return None
    if row["ended_at_ms"] is None:
        _set(conn, claimed_at_ms=now_ms)
        return Walk(row["place"], _counts(row["so_far"]))
    # A clock that was set back must not put it off for ever.
    if now_ms - period_ms < row["began_at_ms"] <= now_ms:
        return None
    _set(conn, **anew)
    return Walk("")


def _set(conn: Connection, **values: object) -> None:
    conn.execute(sa.update(store_walks).where(store_walks.c.name == WALK).values(**values))


def keep_place(conn: Connection, walk: Walk) -> None:
    """Keep how far it is."""
    _set(conn, place=walk.place, so_far=_json(walk.so_far))


def let_go(conn: Connection) -> None:
    """Give the walk back, so that its next stretch can be taken at once."""
    _set(conn, claimed_at_ms=0)


def end(conn: Connection, walk: Walk) -> None:
    """Note that all files were seen."""
    found = _json(walk.so_far)
    _set(conn, place="", so_far=None, found=found, ended_at_ms=database_now_ms(), claimed_at_ms=0)


def last_walk(conn: Connection) -> LastWalk | None:
    """Return what the last whole walk counted, None before the first one."""
    row = conn.execute(sa.select(store_walks).where(store_walks.c.name == WALK)).mappings().first()
    if row is None or row["found"] is None:
        return None
    return LastWalk(_counts(row["found"]), row["ended_at_ms"] or row["began_at_ms"])


def _next_files(
    conn: Connection, digest: sa.Column[str], size_bytes: sa.Column[int], after: str, limit: int
) -> dict[str, int]:
    statement = (
        sa.select(digest, sa.func.max(size_bytes))
        .where(digest > after)
        .group_by(digest)
        .order_by(digest)
        .limit(limit)
    )
    return {row[0]: row[1] for row in conn.execute(statement)}


def files_needed(conn: Connection, after: str, limit: int) -> dict[str, int]:
    """Return the first `limit` digests after `after` that pictures have, in order, with their size in bytes.

    Pictures are those that were made and those that people brought. `files_too_new` says of which it is too early to
    miss their file.
    """
    # One after the other: each is the next stretch of an index, which both together are not.
    needed = _next_files(conn, images.c.digest, images.c.size_bytes, after, limit)
    needed |= _next_files(conn, uploads.c.stored_digest, uploads.c.size_bytes, after, limit)
    return dict(sorted(needed.items())[:limit])


def files_too_new(conn: Connection, digests: Collection[str], younger_than_ms: int) -> set[str]:
    """Return those of the digests with a picture that was kept a moment ago, maybe after the files were listed."""
    since_ms = database_now_ms() - younger_than_ms
    # A photo that was brought once more may have a new file in its old row.
    kept = ((images.c.digest, images.c.created_at_ms), (uploads.c.stored_digest, uploads.c.agreed_at_ms))
    found = [
        conn.execute(sa.select(digest).where(digest.in_(digests), at_ms > since_ms)).scalars()
        for digest, at_ms in kept
    ]
    return set().union(*found)
