"""The HTTP edge: health checks and the webhooks of the providers. Knows aiohttp.web, not Discord."""
