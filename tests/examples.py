"""Generated examples: the same ones in every run, and they take as long as they take.

A change is refused for what it does, and not for an example that nobody has met before. Who looks for such ones has
new ones drawn: `.venv/bin/pytest tests/services --hypothesis-profile=searching`, as often as they like.
"""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("searching", settings.get_profile("same"), derandomize=False)
settings.load_profile("same")
