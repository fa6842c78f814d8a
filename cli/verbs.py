"""The verbs of `bot.py`, each with what `bot.py --help` says of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SERVICES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "run": "the whole service in one process (the default)",
        "gateway": "one part of it: hears Discord on some of its shards; needs PostgreSQL",
        "worker": "one part of it: paints and delivers; needs PostgreSQL",
        "web": "one part of it: takes the webhooks of the image services; needs PostgreSQL",
    }
)
"""Those that run until they are stopped."""

OPERATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "doctor": "looks at every part and says what to do",
        "jobs": "lists and shows jobs, tries them again, ends them",
        "backup": "copies the database, also while the bot runs",
        "restore": "puts a copy back",
        "migrate": "brings the database up to date",
        "keys": "counts the keys that people brought, and changes the master key",
        "sync": "gives Discord the slash commands",
        "takedown": "deletes a picture everywhere and takes it from nobody any more",
        "prompts": "prints drawn prompts; needs nothing else",
    }
)
"""Those that do one thing and end."""

VERBS: Final[Mapping[str, str]] = MappingProxyType({**SERVICES, **OPERATORS})


def help_text() -> str:
    """Return what `bot.py --help` prints."""
    lines = (f"  {verb:<8}  {what}" for verb, what in VERBS.items())
    return (
        "usage: bot.py [VERB] [OPTIONS]\n\n"
        + "\n".join(lines)
        + "\n\n`bot.py VERB --help` tells more of each."
    )
