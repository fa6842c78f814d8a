"""Tests of the local Discord.

discord.py's voice half imports `audioop`, which Python announces to leave;
that warning is no fault of ours.
"""

import warnings

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord  # noqa: F401 (only so that it is imported here, once, under the filter)
