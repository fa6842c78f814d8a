"""Providers that were opened with people's keys: opening one anew for every look at a job would cost a read."""

from collections import OrderedDict
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Final

from services.providers.base import Provider
from services.redaction import forget_secret

MOST_OPENED: Final = 128
"""How many are kept. Each is also a value that every line of the log is searched for, so not without end."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider and the key that it was opened with."""

    provider: Provider
    key: str = field(repr=False)


class OpenedProviders:
    """The providers opened last, by key id; a row never changes its key.

    Whoever hands one in has its key registered with the log's masks; letting go of it takes that back.
    """

    def __init__(self, most: int = MOST_OPENED) -> None:
        self._opened: OrderedDict[int, Opened] = OrderedDict()
        self._most = most

    def find(self, key_id: int) -> Opened | None:
        """Return what was opened with a key, None where that is to be done (again)."""
        if key_id in self._opened:
            self._opened.move_to_end(key_id)
        return self._opened.get(key_id)

    def keep(self, key_id: int, provider: Provider, key: str) -> Provider:
        """Keep a provider, and let go of the one used longest ago where there are too many; return it."""
        if key_id in self._opened:
            self._let_go(key_id)
        self._opened[key_id] = Opened(provider, key)
        while len(self._opened) > self._most:
            self._let_go(next(iter(self._opened)))
        return provider

    def keep_only(self, key_ids: Container[int]) -> None:
        """Let go of what was opened with any other key."""
        for key_id in [each for each in self._opened if each not in key_ids]:
            self._let_go(key_id)

    def _let_go(self, key_id: int) -> None:
        forget_secret(self._opened.pop(key_id).key)
