"""Every error of a command, button, select, form or reaction ends here, decided in this order:

1. Discord has forgotten the interaction (10062, 10015, 50027): there is nobody to answer; logged.
2. One of ours (`services/errors.py`): its sentence of `cogs/_errors.py`.
3. An input that discord.py refused before we saw it: the sentence of a bad input.
4. Discord wants us to be quiet (`cogs/_brake.py`): said where anything can still be said.
5. Anything else is our mistake: the sentence of a bug, nothing of its inside, the traceback in the log.

Each sentence is shown to the person alone and ends in a reference, under which the log has the whole story.
"""

import logging
from typing import Final

import aiohttp
import discord
from discord import app_commands

from cogs._edge import BotInteraction, data_of
from cogs._errors import sentence_of
from cogs._language import language_of
from cogs._layout import text_view
from cogs._offers import unavailable_view
from cogs._replies import say_privately
from services.errors import BugError, LimitError, LimnerError, UserError
from services.languages import ENGLISH, say
from services.logs import new_reference
from services.offers import ModelUnavailable

FORGOTTEN: Final = frozenset({10062, 10015, 50027})
"""Unknown interaction, unknown webhook, invalid webhook token. Source: Discord, JSON error codes."""

UNHEARD: Final = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""What a request ends in that Discord refused, or that never came there."""

_LONGEST_PLACE: Final = 100

_logger = logging.getLogger(__name__)


def own_error(error: BaseException) -> LimnerError:
    """Return the error of ours that `error` is, wraps or amounts to."""
    if isinstance(error, app_commands.CommandInvokeError):
        return own_error(error.original)
    return error if isinstance(error, LimnerError) else _amounts_to(error)


def _amounts_to(error: BaseException) -> LimnerError:
    if isinstance(error, app_commands.TransformerError):
        return UserError("bad_input", str(error), found=str(error.value))
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return UserError("old_command", str(error))
    if isinstance(error, discord.HTTPException) and error.code in FORGOTTEN:
        return UserError("forgotten", str(error))
    if isinstance(error, discord.RateLimited):
        return LimitError("discord_quiet", str(error), retry_after_s=error.retry_after)
    return BugError("bug", f"{type(error).__name__}: {error}")


def reason_of(error: Exception) -> str:
    """Return why Discord did not take something, for the log: never the address, which holds a token."""
    return str(error) if isinstance(error, discord.HTTPException) else type(error).__name__


def describe_error(error: BaseException, where: str, language: str = ENGLISH) -> str | None:
    """Log `error` under a new reference and return the text for the person, None where nobody can be answered."""
    own, reference = own_error(error), new_reference()
    is_expected = isinstance(own, UserError | LimitError)
    _logger.log(
        logging.INFO if is_expected else logging.ERROR,
        "%s at %s: %s",
        own.code,
        where,
        own,
        exc_info=None if is_expected else error,
        extra={"reference": reference},
    )
    if own.code == "forgotten":
        return None
    said = say(language, "error_kinds.reference", reference=f"`{reference}`")
    return f"{sentence_of(own, language)}\n-# {said}"


async def report(interaction: BotInteraction, error: BaseException) -> None:
    """Tell the person privately what went wrong with `interaction`, and log it. Never raises for `UNHEARD`."""
    data = data_of(interaction)
    where = str(data.get("name") or data.get("custom_id", ""))
    language = language_of(interaction)
    text = describe_error(error, where[:_LONGEST_PLACE], language)
    if text is None or interaction.type is discord.InteractionType.autocomplete:
        return
    own = own_error(error)
    view = unavailable_view(own, text, language) if isinstance(own, ModelUnavailable) else text_view(text)
    try:
        await say_privately(interaction, view)
    except UNHEARD as refusal:
        _logger.warning("the sentence could not be shown: %s", reason_of(refusal))
