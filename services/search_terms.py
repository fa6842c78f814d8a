"""What somebody looks for, as a tree of terms that both databases can be asked (`db/pictures/listings.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Term:
    """One term of `services/search_words.py`; `is_beginning` also finds what goes on after it."""

    text: str
    is_beginning: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Found where every part is."""

    parts: tuple["Sought", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Found where one of the parts is."""

    parts: tuple["Sought", ...]


Sought = Term | AllOf | AnyOf


def any_of(parts: Sequence[Sought]) -> Sought:
    """Return what is found where one of the parts is, each of them once."""
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AnyOf(distinct)


def all_of(parts: Sequence[Sought]) -> Sought:
    """Return what is found where all of the parts are, each of them once."""
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AllOf(distinct)
