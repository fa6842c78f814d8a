"""The models of OpenAI's stand-in, and what each takes.

*Source:* openai-python 3.52.0, types/image_model.py, image_generate_params.py, image_edit_params.py; how many pixels:
OpenAI's image prompting guide for gpt-image-2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

STANDARD_SIZES: Final = ((1024, 1024), (1536, 1024), (1024, 1536))
_STEP: Final = 16
_WIDEST: Final = 3
_LONGEST_EDGE: Final = 3840
_PIXELS: Final = (655_360, 3840 * 2160)
_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})x([1-9][0-9]{0,4})", re.ASCII)

_PLAIN: Final = ("low", "medium", "high")
_FINER: Final = (*_PLAIN, "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Model:
    """What one model takes: any size within the rules or only the three of old, its qualities, its fidelities."""

    name: str
    has_any_size: bool = True
    qualities: tuple[str, ...] = _FINER
    fidelities: tuple[str, ...] = ()
    takes_markup: bool = False
    created_s: int = 1_788_825_600

    def size_fault(self, text: str) -> str:
        """Return what is wrong with a size ("auto", "1024x1536"), "" where nothing is."""
        sides = read_size(text)
        if text == "auto" or sides in STANDARD_SIZES:
            return ""
        if not self.has_any_size or sides is None:
            sizes = ", ".join(f"'{width}x{height}'" for width, height in STANDARD_SIZES)
            return f"Invalid value: '{text}'. Supported values are: {sizes}, and 'auto'."
        return _fault_of(*sides)


def read_size(text: str) -> tuple[int, int] | None:
    """Return width and height in px, None for another text."""
    match = _SIZE.fullmatch(text)
    return (int(match[1]), int(match[2])) if match else None


def _fault_of(width: int, height: int) -> str:
    if width % _STEP or height % _STEP:
        return f"Invalid size '{width}x{height}'. Width and height must both be divisible by {_STEP}."
    if max(width, height) > _WIDEST * min(width, height):
        return f"Invalid size '{width}x{height}'. The aspect ratio must be between 1:3 and 3:1."
    if max(width, height) > _LONGEST_EDGE:
        return f"Invalid size '{width}x{height}'. The longest edge must be at most {_LONGEST_EDGE}."
    if not _PIXELS[0] <= width * height <= _PIXELS[1]:
        return f"Invalid size '{width}x{height}'. There must be {_PIXELS[0]} to {_PIXELS[1]} pixels."
    return ""


_OLD: Final = Model("", has_any_size=False, qualities=_PLAIN, fidelities=("low", "high"))

_FAMILIES: Final = (
    (("gpt-image-1-mini",), replace(_OLD, fidelities=("low",), created_s=1_758_000_000)),
    (("gpt-image-1.5", "chatgpt-image-latest"), replace(_OLD, created_s=1_764_000_000)),
    (("gpt-image-2", "gpt-image-2-2026-04-21"), Model("", qualities=_PLAIN, created_s=1_776_700_000)),
    (("gpt-image-2.5-flare", "gpt-image-2.5-flare-2026-09-08"), Model("", takes_markup=True)),
    (("gpt-image-2.5-sunburst", "gpt-image-2.5-sunburst-2026-09-08"), Model("", takes_markup=True)),
    (("gpt-image-2.6-flare", "gpt-image-2.6-sunburst"), Model("", created_s=1_793_750_400)),
)

MODELS: Final[Mapping[str, Model]] = {
    name: replace(model, name=name) for names, model in _FAMILIES for name in names
}
"""Everything that answers; dall-e-2, dall-e-3 (2026-05-12) and gpt-image-1 (2026-10-23) are shut down.

That the 2.6 models take what those of 2.5 take, and `chatgpt-image-latest` what 1.5 takes, is assumed.
"""
