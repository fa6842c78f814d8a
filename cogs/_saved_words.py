"""What `/seed` and `/preset` say."""

from collections.abc import Iterator, Sequence
from typing import Final

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines, code, escape
from db.people.saved_parts import SavedPart
from services.languages import say
from services.parts import PartKind, RecipePart
from services.providers.options import write_options
from services.saved_parts import MOST_PARTS

_LONGEST_FEATURES: Final = 120
_LONGEST_OPTIONS: Final = 200


def kept_text(language: str, kind: PartKind, saved: SavedPart) -> str:
    """Return what was kept, and how to use it."""
    return say(language, f"saved.kept_{kind}", **_fields(language, saved))


def deleted_text(language: str, saved: SavedPart) -> str:
    """Return what was deleted."""
    return say(language, "saved.deleted", **_fields(language, saved))


def list_text(language: str, kind: PartKind, found: Sequence[SavedPart], total: int) -> str:
    """Return what a person has kept of one kind, a line each; `total` is of both kinds, found or not."""
    lines = [say(language, "saved.line", **_fields(language, each)) for each in found]
    if not lines:
        return say(language, "saved.none_found" if total else f"saved.no_{kind}s")
    title = say(language, f"saved.{kind}s_title")
    count = say(language, "saved.count", count=total, most=MOST_PARTS)
    return clip_lines([title, *lines, count], MOST_TEXT, language)


def _fields(language: str, saved: SavedPart) -> dict[str, str]:
    return {"name": escape(saved.name), "parts": ", ".join(_parts(language, saved.part))}


def _parts(language: str, part: RecipePart) -> Iterator[str]:
    """Yield what is in a part, each in a few words."""
    if part.image_seed is not None:
        yield say(language, "saved.image_seed", seed=code(str(part.image_seed)))
    if part.prompt_seed is not None:
        yield say(language, "saved.prompt_seed", seed=code(str(part.prompt_seed)))
    if part.model:
        yield say(language, "saved.model", model=code(part.model))
    if part.aspect:
        yield say(language, "saved.aspect", aspect=code(part.aspect))
    if part.parameters:
        yield code(write_options(part.parameters), _LONGEST_OPTIONS)
    if part.features:
        values = escape(", ".join(drawn.value for drawn in part.features), _LONGEST_FEATURES)
        yield say(language, "saved.features", count=len(part.features), names=values)
