"""Which model paints a character when nobody names one."""

from dataclasses import replace
from functools import partial

from services.asks import Caller
from services.context import Context
from services.model_choice import DefaultModel, DefaultSource, can_paint, default_choice
from services.providers.catalog import Model


def _looking(context: Context, caller: Caller, pictures: int) -> Model | None:
    """Return the first preferred model that looks at so many pictures and can paint now, else one that looks at some.

    None where there is nothing to look at, or nothing that looks.
    """
    if not pictures:
        return None
    preferred = [context.catalog.by_id[each.lower()] for each in context.catalog.preferred_with_references]
    ready = [model for model in preferred if can_paint(context, caller, model)]
    best = [model for model in ready if model.capabilities.references >= pictures] or ready
    return best[0] if best else None


def _obstacle(pictures: int, _source: DefaultSource, model: Model) -> str:
    """Return why a default does not paint a character with so many pictures to look at, "" where it does.

    One that looks at no pictures paints all the same: another one might cost what its owner did not mean to spend.
    """
    capabilities = model.capabilities
    if not capabilities.takes_prompt:
        return "reads_no_words"
    return "needs_picture" if capabilities.references_needed > pictures else ""


def character_choice(context: Context, caller: Caller, pictures: int) -> DefaultModel:
    """Return what paints a character when nobody names a model and there are so many pictures to look at.

    The caller's default, else the server's, described where it looks at none; the first preferred one that looks at so
    many and that somebody's key pays for, else one that looks at some; else what paints anything. A default that cannot
    paint it is named in `passed_over`.
    """
    default = default_choice(context, caller, partial(_obstacle, pictures))
    looking = _looking(context, caller, pictures) if default.source is DefaultSource.BOT else None
    return default if looking is None else replace(default, model=looking)
