"""Interactions as records: who, where, which token, what has been answered; and the limits of time.

A first answer has 3 seconds of real time, the token 15 minutes of the clock.
*Source:* Discord's "Receiving and Responding".
"""

import secrets
import time
from dataclasses import dataclass, field

from playground.discord.clock import Clock
from playground.discord.errors import ApiError, Json

ACK_S = 3.0
TOKEN_S = 15 * 60
KEPT_MAX = 20_000  # 20 a second as long as a token lives; some 2 kB each
FOLLOWUPS_MAX_USER_INSTALL = 5
PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 1, 2, 3, 4, 5
REPLY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction; `message_ids` are the messages that it made, `file_ids` what its user sent along."""

    id: str
    application_id: str
    type: int
    user_id: str
    channel_id: str
    guild_id: str | None
    created_s: float
    metadata: Json
    owners: Json
    source_message_id: str | None = None
    is_context_menu: bool = False
    token: str = field(default_factory=lambda: f"aW50ZXJhY3Rpb246{secrets.token_urlsafe(120)}")
    sent_s: float = field(default_factory=time.monotonic)
    callback_type: int | None = None
    ack_ms: float | None = None
    response_id: str | None = None
    is_ephemeral: bool = False
    modal: Json | None = None
    choices: list[Json] | None = None
    followup_count: int = 0
    message_ids: list[str] = field(default_factory=list)
    file_ids: tuple[str, ...] = ()
    response_deleted: bool = False
    stirred_s: float = field(default_factory=time.monotonic)

    @property
    def is_user_install_only(self) -> bool:
        """Say whether only a user's install, and no guild's, brought the application here."""
        return "0" not in self.owners

    def check_open(self) -> None:
        """Raise 40060 when it has been answered, 10062 when 3 seconds are over."""
        if self.callback_type is not None:
            raise ApiError(40060)
        if time.monotonic() - self.sent_s > ACK_S:
            raise ApiError(10062)

    def acknowledge(self, callback_type: int) -> None:
        """Note the first answer."""
        self.callback_type = callback_type
        self.ack_ms = round((time.monotonic() - self.sent_s) * 1000, 3)


class Interactions:
    """The interactions whose tokens live, at most `kept`; the oldest are dropped when new ones come."""

    def __init__(self, clock: Clock, kept: int = KEPT_MAX) -> None:
        self.kept = kept
        self.by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}
        self._clock = clock

    def add(self, interaction: Interaction) -> list[str]:
        """Remember an interaction; returns the files of those that are forgotten for it."""
        forgotten = self._drop_old()
        self.by_id[interaction.id] = interaction
        self._by_token[interaction.token] = interaction
        return forgotten

    def _drop_old(self) -> list[str]:
        """Drop what is a minute older than its token; before that, an answer still gets the right refusal.

        Those that are too many are dropped with their tokens: an answer is refused like one that comes too late.
        """
        over_s = self._clock.now_s() - TOKEN_S - 60
        file_ids: list[str] = []
        while self.by_id:
            oldest = next(iter(self.by_id.values()))
            if oldest.created_s > over_s and len(self.by_id) < self.kept:
                break
            file_ids += oldest.file_ids
            del self.by_id[oldest.id]
            del self._by_token[oldest.token]
        return file_ids

    def by_callback(self, interaction_id: str, token: str) -> Interaction:
        """Return the interaction that a callback answers; raises 10062."""
        interaction = self.by_id.get(interaction_id)
        if interaction is None or interaction.token != token or self._is_over(interaction):
            raise ApiError(10062)
        return interaction

    def user_of(self, token: str) -> str | None:
        """Return whose interaction a token belongs to, also one that is over; None for an unknown token."""
        interaction = self._by_token.get(token)
        return None if interaction is None else interaction.user_id

    def by_webhook(self, application_id: str, token: str) -> Interaction:
        """Return the acknowledged interaction of a webhook's token; raises 10015 or 50027."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.application_id != application_id:
            raise ApiError(50027 if token.startswith("aW50ZXJhY3Rpb246") and len(token) > 100 else 10015)
        if self._is_over(interaction):
            raise ApiError(50027)
        if interaction.callback_type is None:
            raise ApiError(10015)
        return interaction

    def _is_over(self, interaction: Interaction) -> bool:
        return self._clock.now_s() - interaction.created_s > TOKEN_S

    def stir(self, interaction_id: str) -> None:
        """Note that something happened for an interaction."""
        interaction = self.by_id.get(interaction_id)
        if interaction is not None:
            interaction.stirred_s = time.monotonic()
