"""Requests, jobs, attempts and deliveries: what accepts them, moves them, and looks at them."""
