"""Ports that stay free until somebody listens on them."""

import random
import socket
from contextlib import closing, suppress


def free_port() -> int:
    """Return a port that nobody listens on: webhooks need to know it before the bot has one.

    It lies below those that systems give out by themselves (from 32768 on): no other test gets it meanwhile.
    """
    while True:
        port = random.randint(10_000, 32_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
