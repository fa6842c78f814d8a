"""Pause a provider or a model for everybody, or all of them for one person or server, with a sentence; and resume."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from db.engine import Connection
from db.jobs import line, moves
from db.upkeep import pauses
from services.asker_pauses import PERSON, SERVER, asker_of, error_of
from services.context import Context
from services.errors import NotAllowedError, NotFoundError, UserError
from services.jobs import faults
from services.logs import new_reference

log = logging.getLogger(__name__)

LONGEST_SENTENCE: Final = 300
SUGGESTIONS: Final = 25


@dataclass(frozen=True, slots=True)
class Paused:
    """What was paused, by the name that people read, and how many pictures in line ended by it."""

    name: str
    title: str
    ended: int


def check_operator(context: Context, user_id: int) -> None:
    """Raise NotAllowedError("not_operator") for everybody but those who run this bot."""
    if user_id not in context.limits.operators:
        raise NotAllowedError("not_operator", f"user {user_id} is no operator")


def known_name(context: Context, text: str) -> tuple[str, str]:
    """Return name and title of the provider, the model or the asker (see `asker_pauses`) that `text` means.

    Raises UserError("unknown_model", "ambiguous_model") for any other.
    """
    typed = text.strip().lower()
    asker = asker_of(typed)
    if asker is not None:
        return asker.name, asker.name
    for entry in context.catalog.providers.values():
        if typed in (entry.name.lower(), entry.title.lower()):
            return entry.name, entry.title
    model = context.catalog.find(text)
    return model.id, model.title


def _pause(
    conn: Connection, name: str, user_id: int, errors: Mapping[str, moves.ErrorJson], *, sentence: str
) -> int:
    pauses.put_pause(conn, name, sentence, user_id)
    return sum(_end_line(conn, name, error) for name, error in errors.items())


def _end_line(conn: Connection, name: str, error: moves.ErrorJson) -> int:
    """End what is in line of a model or an asker; return how many jobs that were."""
    asker = asker_of(name)
    if asker is None:
        return line.fail_queued(conn, name, error)
    ends = {PERSON: line.fail_queued_of_person, SERVER: line.fail_queued_of_server}
    return ends[asker.kind](conn, asker.id, error)


def _errors(context: Context, name: str, sentence: str, reference: str) -> dict[str, moves.ErrorJson]:
    """Return what the jobs in line of each paused model, or of the paused asker, are told."""
    asker = asker_of(name)
    if asker is not None:
        return {name: {**faults.describe(error_of(asker, sentence)), "reference": reference}}
    return {
        model.id: {
            **faults.describe(UserError("model_paused", model=model.title, sentence=sentence)),
            "reference": reference,
        }
        for model in context.catalog.models
        if name in (model.id, model.provider)
    }


async def pause(context: Context, user_id: int, name: str, sentence: str) -> Paused:
    """Pause a provider or a model: new requests hear the sentence and are offered others, as do those in line.

    Of a paused person or server ("person/ID", "server/ID") nothing new is accepted by any model.

    What the provider has already goes on. Nothing is charged for what stood in line. Raises
    NotAllowedError("not_operator"), UserError for an unknown name, an empty or a long sentence.
    """
    check_operator(context, user_id)
    found, title = known_name(context, name)
    text = " ".join(sentence.split())
    if not text:
        raise UserError("empty_sentence", field="sentence")
    if len(text) > LONGEST_SENTENCE:
        raise UserError("text_too_long", field="sentence", found=len(text), maximum=LONGEST_SENTENCE)
    reference = new_reference()
    errors = _errors(context, found, text, reference)
    ended = await context.database.write(_pause, found, user_id, errors, sentence=text)
    log.info(
        "%s is paused; %d jobs in line ended", found, ended, extra={"user": user_id, "reference": reference}
    )
    await context.standing.reload(context.database)
    context.reload_bell.ring()
    context.deliveries_bell.ring()
    return Paused(found, title, ended)


def _paused_name(context: Context, text: str) -> tuple[str, str]:
    """Return name and title of what is to go on, also of a model that has left the catalogue while it was paused."""
    try:
        return known_name(context, text)
    except UserError:
        if text not in context.standing.pauses:
            raise
        return text, text


async def resume(context: Context, user_id: int, name: str) -> str:
    """End a pause and return the title of what was paused.

    Raises NotAllowedError("not_operator"), NotFoundError("not_paused"), UserError for an unknown name.
    """
    check_operator(context, user_id)
    found, title = _paused_name(context, name)
    if not await context.database.write(pauses.delete_pause, found):
        raise NotFoundError("not_paused", f"{found} is not paused", found=title)
    await context.standing.reload(context.database)
    context.reload_bell.ring()
    context.jobs_bell.ring()
    return title


def suggest_names(context: Context, partial: str) -> list[tuple[str, str]]:
    """Return at most 25 (title, name) of providers, then models, that hold what was typed."""
    typed = partial.strip().lower()
    providers = [(entry.title, entry.name) for entry in context.catalog.providers.values()]
    models = [(f"{model.title} ({model.id})", model.id) for model in context.catalog.models]
    found = [each for each in (*providers, *models) if typed in each[0].lower() or typed in each[1].lower()]
    return [(title[:100], name) for title, name in found[:SUGGESTIONS] if len(name) <= 100]


def suggest_paused(context: Context, user_id: int, partial: str) -> list[tuple[str, str]]:
    """Return at most 25 (name and sentence, name) of what is paused, to operators alone: people are among it."""
    if user_id not in context.limits.operators:
        return []
    typed = partial.strip().lower()
    found = [each for each in context.standing.pauses.items() if typed in each[0].lower()]
    return [(f"{name}: {sentence}"[:100], name) for name, sentence in found[:SUGGESTIONS] if len(name) <= 100]
