"""Brings results and progress to Discord for the job engine: `services/jobs/courier.py` over three kinds of send.

What Discord answers becomes a `Sent` by one table (`sending_of`); nothing else is caught here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import discord

from cogs._attachments import discord_files, found_files, upload_limit
from cogs._brake import brake_of
from cogs._channel_history import UnseenError, messages_since
from cogs._edge import ORIGINAL_MESSAGE
from cogs._message_jobs import RESULT_VERBS, job_ids_in
from cogs._once import made_once
from cogs._present import Shown, result_view
from cogs._progress import progress_view
from cogs._removal import clear_places
from services.asks import Viewer
from services.context import Context
from services.failed_offers import failed_offers
from services.jobs.courier import (
    FailedResult,
    MessagePlace,
    ProgressReport,
    RequestResult,
    Rung,
    Sending,
    Sent,
)
from services.models import Origin, OriginKind, Payer, RequestKind, Visibility

PROGRESS_TIMEOUT_S: Final = 2.0
DELIVERY_TIMEOUT_S: Final = 45.0
"""Longer than an upload of 24 MiB takes; it also ends discord.py's own waiting for rate limits and its five tries."""

CLOCKS_DIFFER: Final = timedelta(minutes=5)

PAIR_KINDS: Final = frozenset({RequestKind.PAIR, RequestKind.PAIR_WITH})
_TOO_LARGE: Final = 40005
_UNKNOWN_CHANNEL: Final = 10003
_UNKNOWN_MESSAGE: Final = 10008
_NO_CODE: Final = 0
_SMALLER: Final = (1, 2, 4)
"""The upload limit is divided by these in turn: Discord names larger limits than it accepts (api-docs #7603, #8572)."""

_SENDINGS: Final[tuple[tuple[type[Exception], Sending], ...]] = (
    (discord.RateLimited, Sending.LATER),
    (discord.DiscordServerError, Sending.UNCERTAIN),
    (discord.Forbidden, Sending.REFUSED),
    (discord.NotFound, Sending.REFUSED),
    # Nothing left this machine: no address, no connection, no TLS.
    (aiohttp.ClientConnectorError, Sending.LATER),
    (TimeoutError, Sending.UNCERTAIN),
    (aiohttp.ClientError, Sending.UNCERTAIN),
    (OSError, Sending.UNCERTAIN),
)
"""Most specific first; what is left of `discord.HTTPException` is decided by its status."""

_CAUGHT: Final = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError, TimeoutError)

_logger = logging.getLogger(__name__)


def sending_of(error: Exception) -> Sending:
    """Return what an error of Discord or of the way there says about one try to send."""
    for kind, sending in _SENDINGS:
        if isinstance(error, kind):
            return sending
    if isinstance(error, discord.HTTPException):
        # 401 without a code is about the bot's own token, which its operator can mend; an interaction's has 50027.
        is_shut_out = error.status == 429 or (error.status == 401 and error.code == _NO_CODE)
        return Sending.LATER if is_shut_out else Sending.REFUSED
    raise error


def _reason(error: Exception) -> str:
    """Return why, for the log: never the address, which holds the interaction's token."""
    if isinstance(error, discord.HTTPException):
        return f"{error.status} {error.code} {error.text}"[:200]
    return type(error).__name__


class DiscordCourier:
    """Sends with the bot's own session. `client` is logged in; it need not be connected to the gateway."""

    def __init__(self, client: discord.Client, context: Context) -> None:
        self._client = client
        self._context = context
        self._sends: Mapping[Rung, Callable[[RequestResult, int], Awaitable[Sent]]] = {
            Rung.ORIGINAL: self._send_original,
            Rung.CHANNEL: self._send_to_channel,
            Rung.DIRECT: self._send_directly,
        }

    async def show_progress(self, report: ProgressReport) -> bool:
        """Show a running request on its original message; one try. Return whether the call ended for certain."""
        if report.origin.token is None or self._has_to_wait(Rung.ORIGINAL):
            return True
        webhook = self._webhook(report.origin)
        view = progress_view(report, self._context.preferences.voice_for(report.origin))
        try:
            async with asyncio.timeout(PROGRESS_TIMEOUT_S):
                await webhook.edit_message(ORIGINAL_MESSAGE, view=view)
        except _CAUGHT as error:
            _logger.info("progress of request %d was not shown: %s", report.request_id, _reason(error))
            return sending_of(error) is not Sending.UNCERTAIN
        return True

    async def deliver(self, rung: Rung, result: RequestResult) -> Sent:
        """Post the result by one rung, once; a picture that Discord finds too large is made smaller first.

        Raises StorageError when a picture cannot be read.
        """
        if self._has_to_wait(rung):
            return Sent(Sending.LATER, reason="nothing may be sent to Discord now")
        limit_bytes = upload_limit(result.upload_limit_bytes, is_direct=rung is Rung.DIRECT)
        reason = ""
        for divisor in _SMALLER:
            try:
                async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                    return await self._sends[rung](result, limit_bytes // divisor)
            except _CAUGHT as error:
                reason = _reason(error)
                if not _is_too_large(error):
                    return Sent(sending_of(error), reason=reason)
        return Sent(Sending.REFUSED, reason=reason)

    def _has_to_wait(self, rung: Rung) -> bool:
        """Tell whether Discord wants us to be quiet, or our way to it is closed: nothing is prepared in vain then."""
        brake = brake_of(self._client)
        return self._client.is_closed() or (
            brake is not None and brake.is_on(is_by_token=rung is not Rung.ORIGINAL)
        )

    async def find_delivered(
        self, place: Rung, origin: Origin, job_ids: Collection[int], since_ms: int
    ) -> Sent | None:
        """Look in the channel, or in the direct messages, for a result's message since `since_ms`."""
        if self._client.is_closed():
            return Sent(Sending.LATER, reason="nothing may be sent to Discord now")
        after = _look_after(origin, since_ms)
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                channel = await self._place(place, origin)
                is_direct = place is Rung.DIRECT or origin.guild_id is None
                async for message in messages_since(channel, after, is_direct=is_direct):
                    if _is_answer_to(message, origin) and self._is_ours(message, job_ids):
                        return Sent(Sending.SENT, message.channel.id, message.id)
        except UnseenError as error:
            return Sent(Sending.UNSEEN, reason=str(error))
        except _CAUGHT as error:
            if isinstance(error, discord.NotFound) and error.code == _UNKNOWN_CHANNEL:
                return None
            return Sent(sending_of(error), reason=_reason(error))
        return None

    async def clear(self, origin: Origin, places: Sequence[MessagePlace]) -> bool | None:
        """Take a deleted picture out of its messages; return whether none shows it any more, as far as one can know.

        None where nothing may be asked of Discord now.
        """
        if self._has_to_wait(Rung.CHANNEL):
            return None
        owner, language = Viewer(origin.user_id, origin.guild_id), self._context.preferences.voice_for(origin)
        try:
            async with asyncio.timeout(DELIVERY_TIMEOUT_S):
                return await clear_places(self._client, self._context, owner, places, language)
        except _CAUGHT as error:
            _logger.info("the messages of a deleted picture are tried later: %s", _reason(error))
            return None if sending_of(error) is Sending.LATER else False

    async def _place(self, place: Rung, origin: Origin) -> discord.abc.Messageable:
        if place is Rung.DIRECT:
            return await self._client.create_dm(discord.Object(origin.user_id))
        return self._channel(origin)

    async def _send_original(self, result: RequestResult, limit_bytes: int) -> Sent:
        """Fill the message that answered the command."""
        if result.origin.token is None:
            return Sent(Sending.REFUSED, reason="no interaction token")
        webhook = self._webhook(result.origin)
        if not result.pictures and (result.visibility is Visibility.PUBLIC or not result.failures):
            return await self._apologise(webhook, result)
        view, files = await self._rendered(result, limit_bytes)
        message = await webhook.edit_message(ORIGINAL_MESSAGE, view=view, attachments=files)
        return Sent(Sending.SENT, message.channel.id, message.id)

    async def _apologise(self, webhook: discord.Webhook, result: RequestResult) -> Sent:
        """Take the waiting message away and say privately why no picture came: nothing where all were deleted.

        A follow-up has no nonce: one whose fate is unknown is not repeated, and its owner is told at the next command.
        """
        try:
            await webhook.delete_message(ORIGINAL_MESSAGE)
        except discord.NotFound as error:
            if error.code != _UNKNOWN_MESSAGE:
                raise
        except _CAUGHT as error:
            # Nothing was said yet, and a deletion can be repeated: nobody's notice is in doubt.
            sending = sending_of(error)
            return Sent(Sending.LATER if sending is Sending.UNCERTAIN else sending, reason=_reason(error))
        if not result.failures:
            return Sent(Sending.SENT)
        offers = await failed_offers(self._context, result.origin, result.visibility, result.failures)
        language = self._context.preferences.voice_for(result.origin)
        shown = Shown((), self._failures(result), Visibility.PRIVATE, offers=offers, language=language)
        with made_once():
            message = await webhook.send(view=result_view(shown, ()), ephemeral=True, wait=True)
        return Sent(Sending.SENT, message.channel.id, message.id)

    async def _send_to_channel(self, result: RequestResult, limit_bytes: int) -> Sent:
        """Post a message of the bot's own where the request was made."""
        channel = self._channel(result.origin)
        return await self._post(channel, result, limit_bytes, recipient_id=result.origin.user_id)

    async def _send_directly(self, result: RequestResult, limit_bytes: int) -> Sent:
        """Post to the person alone."""
        user = discord.Object(result.origin.user_id)
        return await self._post(await self._client.create_dm(user), result, limit_bytes)

    async def _post(
        self,
        channel: discord.abc.Messageable,
        result: RequestResult,
        limit_bytes: int,
        recipient_id: int | None = None,
    ) -> Sent:
        """Post with the delivery's id as nonce, so that Discord recognises a repetition for some minutes."""
        view, files = await self._rendered(result, limit_bytes, recipient_id)
        message = await channel.send(view=view, files=files, nonce=str(result.delivery_id))
        return Sent(Sending.SENT, message.channel.id, message.id)

    async def _rendered(
        self, result: RequestResult, limit_bytes: int, recipient_id: int | None = None
    ) -> tuple[discord.ui.LayoutView, list[discord.File]]:
        """Return a new view and new files for one send."""
        is_pair = result.kind in PAIR_KINDS
        language = self._context.preferences.voice_for(result.origin)
        attachments, lost = await found_files(
            self._context, result.pictures, is_pair=is_pair, limit_bytes=limit_bytes, language=language
        )
        offers = await failed_offers(self._context, result.origin, result.visibility, result.failures)
        failures = (*self._failures(result), *lost)
        shown = Shown(result.pictures, failures, result.visibility, is_pair, recipient_id, offers, language)
        return result_view(shown, attachments), discord_files(attachments)

    def _failures(self, result: RequestResult) -> tuple[FailedResult, ...]:
        """Return what did not come; the vendor's words on our own keys are offered to operators only."""
        may_read = result.origin.user_id in self._context.limits.operators
        return tuple(
            replace(each, has_details=each.has_details and (may_read or each.payer is not Payer.OPERATOR))
            for each in result.failures
        )

    def _webhook(self, origin: Origin) -> discord.Webhook:
        """Return the webhook that an interaction's token opens."""
        data: Any = {"id": origin.application_id, "type": 3, "token": origin.token}
        # The only way to a webhook that sends components and ephemeral messages: discord.py makes its own like this.
        return discord.Webhook.from_state(data=data, state=self._client._connection)  # noqa: SLF001

    def _channel(self, origin: Origin) -> discord.PartialMessageable:
        """Return the channel of a request, known by its id alone."""
        return self._client.get_partial_messageable(origin.channel_id, guild_id=origin.guild_id)

    def _is_ours(self, message: discord.Message, job_ids: Collection[int]) -> bool:
        """Tell whether this bot posted `message` with the buttons that stand under a picture of one of the jobs."""
        user = self._client.user
        if user is None or message.author.id != user.id:
            return False
        # The message that waits for the result answers the same command and has the same ids, under Cancel.
        return any(job_id in job_ids for job_id in job_ids_in(message, RESULT_VERBS))


def _look_after(origin: Origin, since_ms: int) -> datetime:
    """Return since when a message may have been posted: from the command on, and with room for clocks that differ."""
    since = datetime.fromtimestamp(since_ms / 1000, UTC)
    if origin.kind is OriginKind.INTERACTION and origin.id.isdigit():
        since = min(since, discord.utils.snowflake_time(int(origin.id)))
    return since - CLOCKS_DIFFER


def _is_answer_to(message: discord.Message, origin: Origin) -> bool:
    """Tell whether a message is no answer to another command: `/show` answers carry the same ids."""
    metadata = message.interaction_metadata
    return metadata is None or str(metadata.id) == origin.id


def _is_too_large(error: Exception) -> bool:
    """Tell whether Discord refused the size of the files."""
    return isinstance(error, discord.HTTPException) and (error.status == 413 or error.code == _TOO_LARGE)
