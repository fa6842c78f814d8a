"""The same people do the same things to the same bot on the local Discord and on SimCord, and the same happens.

SimCord is an independent model of Discord for discord.py that lives in the bot's process. What it does not do as
Discord does stands in `exceptions.py`, each with its reason.
"""
