"""The tables, once for SQLite and PostgreSQL alike, and what their columns are made of."""
