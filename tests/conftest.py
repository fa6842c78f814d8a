"""What every tests folder may use."""

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
