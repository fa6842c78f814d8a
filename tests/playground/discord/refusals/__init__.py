"""The refusal table: bad requests, what each is answered with, and the page of Discord's documentation that says so."""
