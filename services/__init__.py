"""What Limner does: plain async functions over frozen values. Knows neither Discord nor SQL."""
