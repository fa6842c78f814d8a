"""What a transaction has moved, kept until it is committed: only then is it said (`services/job_moves.py`).

A function that is run again, or taken back, has said nothing.
"""

from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection

from services.job_moves import Told

# Not in `Connection.info`: that asks for the driver's connection, which may be lost by the end of the transaction.
_KEPT: Final[WeakKeyDictionary[Connection, list[Told]]] = WeakKeyDictionary()


def begin(conn: Connection, kept: list[Told]) -> None:
    """Keep the moves of the transaction that begins here in `kept`, and those of an earlier run of it no more."""
    kept.clear()
    _KEPT[conn] = kept


def note(conn: Connection, move: Told) -> None:
    """Keep a move. Outside of `Database.write` nobody is told."""
    kept = _KEPT.get(conn)
    if kept is not None:
        kept.append(move)


def end(conn: Connection) -> None:
    """Forget where moves were kept: a connection outlives its transaction."""
    _KEPT.pop(conn, None)
