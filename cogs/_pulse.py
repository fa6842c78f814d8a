"""How the gateway's shards are, read off discord.py, which tells nobody when its heartbeats stay without an answer."""

from collections.abc import Iterator

import discord
from discord.gateway import DiscordWebSocket

from services.gateway_watch import ShardPulse


def read_pulses(client: discord.Client) -> list[ShardPulse]:
    """Return the shards of a client as they are now; none before it has connected."""
    return [
        ShardPulse(shard_id, _is_up(client, socket), _answered_at(socket))
        for shard_id, socket in _sockets(client)
    ]


def _sockets(client: discord.Client) -> Iterator[tuple[int, DiscordWebSocket]]:
    if isinstance(client, discord.AutoShardedClient):
        # discord.py keeps the sockets of shards to itself and gives only an average of their latencies.
        for shard_id, shard in client.shards.items():
            yield shard_id, shard._parent.ws  # noqa: SLF001 - see above
    elif client.ws is not None:
        yield client.shard_id or 0, client.ws


def _is_up(client: discord.Client, socket: DiscordWebSocket) -> bool:
    return client.is_ready() and socket.open


def _answered_at(socket: DiscordWebSocket) -> float | None:
    """Return the moment of the last answer to a heartbeat, by some clock; None where there is no connection."""
    keep_alive = socket._keep_alive  # noqa: SLF001 - it has no public face
    return None if keep_alive is None else keep_alive._last_ack  # noqa: SLF001 - as above
