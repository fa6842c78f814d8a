"""Pauses of a person or of a server: nothing is painted for them, and they read the sentence that says why.

They stand beside the pauses of models (`services/pausing.py`), under names that no model has.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.errors import NotAllowedError

PERSON: Final = "person"
SERVER: Final = "server"
_CODES: Final = {PERSON: "person_paused", SERVER: "server_paused"}


MAX_ID: Final = 2**63 - 1
"""The largest id that the database holds; Discord's are smaller. *Source:* Discord's reference, "Snowflakes"."""
_MOST_DIGITS: Final = 40


class PausedAsker(NamedTuple):
    """Whom a pause is about: the kind, PERSON or SERVER, and Discord's id."""

    kind: str
    id: int

    @property
    def name(self) -> str:
        """Return the name under which the pause stands in the database."""
        return f"{self.kind}/{self.id}"


def asker_of(name: str) -> PausedAsker | None:
    """Return whom a pause's name is about, None for a provider's or a model's."""
    kind, _, number = name.partition("/")
    if kind not in _CODES or not number.isascii() or not number.isdecimal() or len(number) > _MOST_DIGITS:
        return None
    return PausedAsker(kind, int(number)) if int(number) <= MAX_ID else None


def pause_of_asker(
    pauses: Mapping[str, str], user_id: int, guild_id: int | None = None
) -> NotAllowedError | None:
    """Return the pause of a person, or of the server in which they ask, as its error; None where there is none.

    `pauses` are those of `Standing`.
    """
    askers = [PausedAsker(PERSON, user_id), *([] if guild_id is None else [PausedAsker(SERVER, guild_id)])]
    for asker in askers:
        if (sentence := pauses.get(asker.name)) is not None:
            return error_of(asker, sentence)
    return None


def error_of(asker: PausedAsker, sentence: str) -> NotAllowedError:
    """Return what those concerned are told."""
    return NotAllowedError(_CODES[asker.kind], f"{asker.name} is paused", sentence=sentence)


def check_asker(pauses: Mapping[str, str], user_id: int, guild_id: int | None = None) -> None:
    """Raise NotAllowedError("person_paused", "server_paused") where nothing is painted for who asks."""
    paused = pause_of_asker(pauses, user_id, guild_id)
    if paused is not None:
        raise paused
