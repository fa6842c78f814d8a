"""What a picture came from, in one line: "After `7k2m9xq4`: a new seed". Pure."""

from collections.abc import Sequence

from cogs._text import code
from services.jobs.courier import PictureResult
from services.languages import say
from services.models import RequestKind


def after_lines(pictures: Sequence[PictureResult], language: str) -> list[str]:
    """Return one line for each picture that these came from, with what was done with it; [] for what came from none."""
    said = dict.fromkeys(_after(picture, language) for picture in pictures if picture.recipe.parent)
    return list(said)


def _after(picture: PictureResult, language: str) -> str:
    is_known = picture.request_kind in frozenset(RequestKind)
    step = picture.request_kind if is_known else RequestKind.AGAIN
    what = say(language, f"steps.{step.replace(' ', '_')}")
    return say(language, "steps.after", code=code(picture.recipe.parent or ""), what=what)
