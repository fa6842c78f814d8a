"""What a picture came from, in one line: "After `7k2m9xq4`: a new seed". Pure."""

from collections.abc import Sequence

from cogs._text import code
from services.jobs.courier import PictureResult
from services.languages import ENGLISH, say, texts_of


def after_lines(pictures: Sequence[PictureResult], language: str) -> list[str]:
    """Return one line for each picture that these came from, with what was done with it; [] for what came from none."""
    said = dict.fromkeys(_after(picture, language) for picture in pictures if picture.recipe.parent)
    return list(said)


def _after(picture: PictureResult, language: str) -> str:
    name = f"steps.{picture.request_kind.replace(' ', '_')}"
    what = say(language, name if name in texts_of(ENGLISH) else "steps.again")
    return say(language, "steps.after", code=code(picture.recipe.parent or ""), what=what)
