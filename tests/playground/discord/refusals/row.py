"""One row of the table, and ways to write many of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Body = Any  # the JSON of a request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart request: its name and size in bytes."""

    filename: str
    size: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A bad request. `path` names places of the scene in braces; `errors` are all field errors, "path CODE".

    `denied` are permissions that the bot lacks in the lounge.
    """

    name: str
    source: str
    method: str
    path: str
    body: Body = None
    status: int = 400
    code: int = 50035
    errors: tuple[str, ...] = ()
    uploads: tuple[Upload, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    denied: tuple[str, ...] = ()


def bad_bodies(source: str, method: str, path: str, cases: Mapping[str, tuple[Any, ...]]) -> tuple[Row, ...]:
    """Return rows that are refused with 50035; a case is its body and its field errors."""
    return tuple(
        Row(name, source, method, path, body, errors=tuple(errors)) for name, (body, *errors) in cases.items()
    )


def refused(source: str, status: int, code: int, cases: Mapping[str, tuple[Any, ...]]) -> tuple[Row, ...]:
    """Return rows that are refused with a code of their own; a case is method, path and body (or none)."""
    return tuple(
        Row(name, source, method, path, body[0] if body else None, status, code)
        for name, (method, path, *body) in cases.items()
    )
