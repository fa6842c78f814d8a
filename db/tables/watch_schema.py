"""The tables of what processes find of the outside: image services that answered them, gateways that they gave up."""

from typing import Final

import sqlalchemy as sa

from db.tables.columns import metadata, ms

# When an image service last answered any process, to a minute. A process that reaches none looks here before it takes
# the service for down: the broken network may be its own.
provider_answers: Final = sa.Table(
    "provider_answers",
    metadata,
    sa.Column("provider", sa.String(32), primary_key=True),
    ms("answered_at_ms", nullable=False),
)

# What a worker finds of a provider ("down", "answers") or of a model ("gone"), for the processes that ask neither
# (`services/standing.py`). Each worker has rows of its own: one that cannot reach a provider says nothing against one
# that does. They go with their worker, and do not count any more once it is taken for dead. `until_ms` is the next
# trial of what is down, and the end of what is gone.
findings: Final = sa.Table(
    "findings",
    metadata,
    sa.Column("worker_id", sa.String(40), sa.ForeignKey("workers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("name", sa.String(96), primary_key=True),
    sa.Column("word", sa.String(8), nullable=False),
    ms("since_ms", nullable=False),
    ms("until_ms", nullable=False),
)

# How often in a row a process with these shards ended because its gateway stayed silent: each time the next one is
# more patient, because each start costs IDENTIFYs.
gateway_ends: Final = sa.Table(
    "gateway_ends",
    metadata,
    sa.Column("shards", sa.String(32), primary_key=True),
    sa.Column("ends", sa.Integer, nullable=False),
    ms("ended_at_ms", nullable=False),
)
