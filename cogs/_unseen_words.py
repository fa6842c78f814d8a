"""What is said of messages that may show a deleted picture where nobody can look. Pure."""

from db.pictures.message_removals import Unseen
from services.jobs.courier import Rung
from services.languages import say


def unseen_text(unseen: Unseen, language: str) -> str:
    """Return where a message may stand, and how its owner gets rid of it."""
    if unseen.place == Rung.DIRECT:
        return say(language, "actions.unseen_direct")
    if unseen.guild_id is None:
        # Nobody can open such a channel by its name.
        return say(language, "actions.unseen_elsewhere")
    return say(language, "actions.unseen_channel", channel=f"<#{unseen.channel_id}>")
