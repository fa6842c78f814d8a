"""What somebody waits for right now goes before what was ordered in bulk: the rules, in one place. Pure.

The priority is written with each job when it is accepted. The claim takes the lowest first, and an image service that
tells orders apart is told. Nobody starves by it: `db/priority.py` ends it after a minute.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.models import RequestKind

AT_ONCE: Final = 0
"""Somebody looks at the message and waits."""
IN_BULK: Final = 1
"""Several pictures, most of which somebody looks at later."""

USUAL_BULK: Final = 3
"""From so many pictures a request is one in bulk: one picture, and two beside each other, are waited for."""
BULK_FROM: Final[Mapping[str, int]] = MappingProxyType({RequestKind.STORY: 2})
"""The kinds of requests that are in bulk from another number of pictures."""


def priority_of(kind: str, pictures: int) -> int:
    """Return the priority of each picture of a request, by what it asked for and how many pictures it is."""
    return IN_BULK if pictures >= BULK_FROM.get(kind, USUAL_BULK) else AT_ONCE


def is_waited_for(priority: int) -> bool:
    """Return whether a job is not one that steps aside for others."""
    return priority <= AT_ONCE
