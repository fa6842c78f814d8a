"""The numbers of our advisory locks in PostgreSQL, on which processes of two versions must agree."""

from enum import IntEnum
from typing import Final

SPACE: Final = 0x4C494D00
"""Ours among all advisory locks of the database: "LIM" in ASCII, and a purpose in the last byte."""


class Purpose(IntEnum):
    """What a lock is for. The numbers stand in no database."""

    IDENTIFY = 1
    """One IDENTIFY at a time in a bucket (the subject) of the gateway."""
    SHARD = 2
    """One process a shard (the subject)."""
    COMMANDS = 3
    """One process at a time gives Discord the commands."""
    LINE = 4
    """One transaction at a time takes jobs out of the lines."""
    FILE = 5
    """The file of a picture (the subject is of its digest): kept by many at once, removed by one alone."""
