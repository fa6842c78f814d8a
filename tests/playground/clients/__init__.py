"""Client libraries, unmodified, as witnesses of the local Discord.

A script of each (`run_script`) does what a bot like ours does, and returns what there is to complain of: a value that
is not what the world holds, and whatever the library says in its log, as a Python warning, on stderr or by failing.
"""

import warnings

with warnings.catch_warnings():
    # Their voice halves import what Python announces to leave; that is no fault of ours.
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import discord
    import disnake

# There is no voice here: its missing libraries are nothing to complain of.
for voice in (discord.VoiceClient, disnake.VoiceClient):
    voice.warn_nacl = voice.warn_dave = False
