"""fal as a provider: a queue with status, logs, cancel and signed webhooks, and uploads for reference pictures."""
