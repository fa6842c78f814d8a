"""What was not done as asked, in words, for tests that read them."""

from collections.abc import Iterable

from services.languages import ENGLISH
from services.models import Dropped
from services.sayings import said, saying_from_text


def in_words(dropped: Iterable[Dropped], language: str = ENGLISH) -> list[tuple[str, str]]:
    """Return name and reason of each, in the order given."""
    return [(each.name, said(language, each.reason)) for each in dropped]


def in_english(field: object) -> str:
    """Return what a field of an error says."""
    return said(ENGLISH, saying_from_text(str(field)))
