"""What every tests folder may use."""

pytest_plugins = ["tests.databases", "tests.require_all"]
