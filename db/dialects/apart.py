"""Connections to PostgreSQL beside the pool, for what lives as long as they do."""

from collections.abc import Awaitable, Callable
from typing import Any

ConnectApart = Callable[[str], Awaitable[Any]]
"""Opens a connection of the driver's under a name: see `db/dialects/listening.py` and `db/dialects/advisory.py`."""
