"""Black Forest Labs as a provider: submit, follow the polling address, fetch within ten minutes."""
