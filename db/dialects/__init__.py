"""What differs between SQLite and PostgreSQL: connections, transactions, locks, errors, and which database this is."""
