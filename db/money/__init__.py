"""The two books of the ledger, their sums, and budgets."""
