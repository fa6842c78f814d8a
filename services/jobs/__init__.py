"""The durable job engine: states, claims, recovery and the delivery ladder, over the tables of `db/`."""
