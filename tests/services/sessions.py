"""Sessions as the service opens them, which may also reach the stand-ins on this machine."""

import aiohttp

from services.http import open_session

THIS_MACHINE = ("http://127.0.0.1",)


def local_session() -> aiohttp.ClientSession:
    """Return a session whose own host is this machine, as where the settings name a stand-in."""
    return open_session(THIS_MACHINE)
