"""Requests that discord.py is not to repeat by itself.

It makes a request up to five times where the answer is a 5xx. What such an answer was given to may have been done: a
message that has no nonce, and that no history shows, would stand as often as it was posted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

import aiohttp
import discord

_is_once: Final = ContextVar("_is_once", default=False)


@contextmanager
def made_once() -> Iterator[None]:
    """Let each request of this block be made once: it raises DiscordServerError where its answer is in doubt."""
    before = _is_once.set(True)
    try:
        yield
    finally:
        _is_once.reset(before)


def check_once(answer: aiohttp.ClientResponse) -> None:
    """Raise DiscordServerError for an answer that leaves in doubt a request which is not to be made again."""
    if answer.status >= 500 and _is_once.get():
        answer.close()
        raise discord.DiscordServerError(answer, None)
