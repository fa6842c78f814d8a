"""What every tests folder may use."""

import os

pytest_plugins = [
    "tests.canary",
    "tests.databases",
    "tests.discord_specs.counting",
    "tests.examples",
    "tests.heap",
    "tests.interrupts",
    "tests.midnight",
    "tests.require_all",
]

# Bots are started by the hundred: they read what the first of them has compiled, as an operator's do. Without that a
# quarter of each start is compiling.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
