"""Knock at the control socket of a running bot: it listens beside its SQLite file."""

import socket
from pathlib import Path

from services.control_socket import is_too_long, socket_of


def knock(database_file: Path, within_s: float) -> socket.socket | None:
    """Return a connection to the bot that listens beside a database, None where nobody does.

    Raises OSError where somebody may, and the connection is refused to this user or not made in time.
    """
    path = socket_of(database_file)
    if is_too_long(path):
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(within_s)
    try:
        connection.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        return None
    except OSError:
        connection.close()
        raise
    return connection
