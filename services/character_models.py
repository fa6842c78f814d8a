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


def _obstacle(pictures: int, looking: Model | None, source: DefaultSource, model: Model) -> str:
    """Return why a default does not paint a character with so many pictures to look at, "" where it does."""
    capabilities = model.capabilities
    if not capabilities.takes_prompt:
        return "reads_no_words"
    if capabilities.references_needed > pictures:
        return "needs_picture"
    # Who chose it for themselves has said so; a server's default is meant for pictures of any kind.
    is_shown_elsewhere = source is DefaultSource.SERVER and looking is not None
    return "looks_at_none" if is_shown_elsewhere and not capabilities.references else ""


def character_choice(context: Context, caller: Caller, pictures: int) -> DefaultModel:
    """Return what paints a character when nobody names a model and there are so many pictures to look at.

    The caller's default, described where it looks at none; the server's, unless it looks at none and another one does;
    the first preferred one that looks at so many and that somebody's key pays for, else one that looks at some; else
    what paints anything. A default that cannot paint it is named in `passed_over`.
    """
    looking = _looking(context, caller, pictures)
    default = default_choice(context, caller, partial(_obstacle, pictures, looking))
    if default.source is DefaultSource.BOT and looking is not None:
        return replace(default, model=looking)
    return default
