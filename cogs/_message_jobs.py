"""Which jobs a message of ours is about, by its buttons."""

from collections.abc import Iterable, Iterator

import discord

from cogs._ids import parse_id
from services.errors import UserError


def job_ids_in(message: discord.Message) -> Iterator[int]:
    """Yield the jobs that the buttons of `message` are about."""
    for component in _walk(message.components):
        custom_id = getattr(component, "custom_id", None)
        if custom_id is None:
            continue
        try:
            job_id = parse_id(custom_id).job_id
        except UserError:
            continue
        if job_id is not None:
            yield job_id


def _walk(components: Iterable[object]) -> Iterator[object]:
    """Yield components and what they hold, at any depth."""
    for component in components:
        yield component
        yield from _walk(getattr(component, "children", ()))
