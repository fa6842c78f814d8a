"""One file a verb of `bot.py`; each has `main(arguments) -> exit code`."""
