"""The database: engine, schema, migrations, then one file a table: SQL and row <-> value, nothing else."""
