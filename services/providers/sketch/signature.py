"""The word "sketch" in the corner, written with a pen: a picture must say what made it, and no font is needed."""

from typing import Final

from services.providers.sketch.pen import stroke

_LETTERS: Final = (
    # s, k, e, t, c, h in a 100-unit high hand, one stroke each unless it lifts
    "M22 56C10 46 -2 58 8 68C18 76 26 80 20 90C12 100 0 96 -4 88",
    "M38 18C36 48 34 74 34 98M58 58C50 68 42 74 36 78C46 82 52 92 62 98",
    "M70 80C82 80 90 74 88 64C86 54 72 56 68 72C64 92 80 102 94 90",
    "M112 30C110 56 106 78 108 90C110 100 118 98 124 94M98 56C108 56 116 55 124 54",
    "M156 62C148 52 134 58 132 76C132 96 146 100 158 90",
    "M172 18C170 48 168 74 166 98C168 76 176 60 186 60C196 60 192 82 192 98",
)
_COLOUR: Final = "#5b5f68"


def paint_signature() -> str:
    """Return the word at the lower right, 84 px wide."""
    word = stroke("".join(_LETTERS), _COLOUR, 6.5, 0.8)
    line = stroke("M-4 118C50 110 130 124 200 112", _COLOUR, 3.5, 0.4)
    return f'<g transform="translate(912 962) scale(0.42) skewX(-8)">{word}{line}</g>'
