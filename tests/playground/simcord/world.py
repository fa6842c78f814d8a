"""The world of the script beyond what a local Discord starts with; SimCord's is built to be the same."""

from playground.discord.permissions import EVERYONE, MODERATOR, bits_of

PAINTER = ("MENTION_EVERYONE",)
KEEPER = ("MANAGE_MESSAGES", "PIN_MESSAGES", "MANAGE_THREADS", "MANAGE_CHANNELS")
SILENT, HIDDEN = "lounge", "cellar"
TEXT_CHANNELS = ("portraits", "gallery", SILENT, HIDDEN)
"""In the last but one the bot may not write, the last one it cannot see."""

ROLES: dict[str, int] = {"moderators": MODERATOR, "painters": bits_of(PAINTER), "keepers": bits_of(KEEPER)}
"""Permissions by name, in the order of their positions; the bot is a keeper, ada a painter."""

EVERYONE_MAY = EVERYONE
OWNER, ADA, BEN = "mod", "ada", "ben"
BOT_NAME, BOT_SHOWN_AS, BOT_DISCRIMINATOR = "limner", "Limner", "0000"
