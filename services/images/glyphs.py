"""Plain single-stroke letters as SVG paths: labels look the same on every machine, with or without fonts installed.

libvips brings a text renderer but no font: on a machine without fonts (a slim container) it draws a box for every
letter. One unit is a tenth of the height of a capital; y runs down from the top of the capitals (0) over the top of
the small letters (4) and the base line (10) to the descenders (13).
"""

import unicodedata
from html import escape
from typing import Final, NamedTuple

CAPITAL_UNITS: Final = 10.0
LINE_UNITS: Final = 13.0
_GAP_UNITS: Final = 2.1
_STROKE_UNITS: Final = 1.15
_ELLIPSIS: Final = "\u2026"
_BOWL: Final = "M5.6 7A2.8 3 0 1 0 0 7A2.8 3 0 1 0 5.6 7Z"

_Glyph = tuple[float, str]
_UNKNOWN: Final[_Glyph] = (5.0, "M0 1H5V10H0Z")
_GLYPHS: Final[dict[str, _Glyph]] = {
    " ": (2.2, ""),
    "A": (8.0, "M0 10L4 0L8 10M1.4 6.5H6.6"),
    "B": (6.4, "M3.4 4.6H0M3.4 0H0V10H3.7A2.7 2.7 0 0 0 3.7 4.6H3.4A2.3 2.3 0 0 0 3.4 0"),
    "C": (7.2, "M7.2 2A4 5 0 1 0 7.2 8"),
    "D": (7.8, "M0 0V10H2.8A5 5 0 0 0 2.8 0Z"),
    "E": (5.8, "M5.8 0H0V10H5.8M0 4.8H4.9"),
    "F": (5.6, "M5.6 0H0V10M0 4.8H4.8"),
    "G": (8.0, "M7.2 2A4 5 0 1 0 8 5.4H4.6"),
    "H": (7.0, "M0 0V10M7 0V10M0 4.8H7"),
    "I": (0.2, "M0.1 0V10"),
    "J": (4.4, "M4.4 0V7.6A2.2 2.4 0 0 1 0 7.6"),
    "K": (6.6, "M0 0V10M6.3 0L0 6.4M2.4 4L6.6 10"),
    "L": (5.4, "M0 0V10H5.4"),
    "M": (8.4, "M0 10V0L4.2 6.5L8.4 0V10"),
    "N": (7.0, "M0 10V0L7 10V0"),
    "O": (9.0, "M4.5 0A4.5 5 0 1 0 4.5 10A4.5 5 0 1 0 4.5 0Z"),
    "P": (6.2, "M0 10V0H3.4A2.8 2.8 0 0 1 3.4 5.6H0"),
    "Q": (9.2, "M4.5 0A4.5 5 0 1 0 4.5 10A4.5 5 0 1 0 4.5 0ZM5.8 7.2L9 10.8"),
    "R": (6.6, "M0 10V0H3.4A2.8 2.8 0 0 1 3.4 5.6H0M3.2 5.6L6.6 10"),
    "S": (6.4, ("M6 1.9C5.3 .6 4.3 0 3.1 0C1.5 0 .3 1 .3 2.5C.3 5.6 6.4 4.2 6.4 7.4"
               "C6.4 9 4.9 10 3.2 10C1.7 10 .6 9.3 0 8")),
    "T": (7.0, "M0 0H7M3.5 0V10"),
    "U": (7.0, "M0 0V6.5A3.5 3.5 0 0 0 7 6.5V0"),
    "V": (8.0, "M0 0L4 10L8 0"),
    "W": (11.0, "M0 0L2.8 10L5.5 1.5L8.2 10L11 0"),
    "X": (7.0, "M0 0L7 10M7 0L0 10"),
    "Y": (7.4, "M0 0L3.7 5V10M7.4 0L3.7 5"),
    "Z": (6.4, "M0 0H6.4L0 10H6.4"),
    "a": (5.6, _BOWL + "M5.6 4V10"),
    "b": (5.6, _BOWL + "M0 0V10"),
    "c": (5.0, "M5 5.2A2.8 3 0 1 0 5 8.8"),
    "d": (5.6, _BOWL + "M5.6 0V10"),
    "e": (5.6, "M0 6.9H5.6A2.8 3 0 1 0 4.8 9.1"),
    "f": (3.9, "M3.9 .2C2.4 -.3 1.6 .6 1.6 2.2V10M0 4H3.7"),
    "g": (5.6, _BOWL + "M5.6 4V10.4A2.8 2.6 0 0 1 .5 11.7"),
    "h": (5.2, "M0 0V10M0 6.6A2.6 2.6 0 0 1 5.2 6.6V10"),
    "i": (0.2, "M.1 4V10M.1 1.3V1.4"),
    "j": (1.6, "M1.5 4V11Q1.5 12.8 -.3 12.7M1.5 1.3V1.4"),
    "k": (5.0, "M0 0V10M4.7 4L0 8M1.9 6.5L5 10"),
    "l": (0.2, "M.1 0V10"),
    "m": (8.8, "M0 4V10M0 6.3A2.2 2.3 0 0 1 4.4 6.3V10M4.4 6.3A2.2 2.3 0 0 1 8.8 6.3V10"),
    "n": (5.2, "M0 4V10M0 6.6A2.6 2.6 0 0 1 5.2 6.6V10"),
    "o": (5.6, _BOWL),
    "p": (5.6, _BOWL + "M0 4V13"),
    "q": (5.6, _BOWL + "M5.6 4V13"),
    "r": (3.3, "M0 4V10M0 7C.3 5 1.6 4 3.3 4.2"),
    "s": (4.5, ("M4.2 5.1C3.8 4.4 3.1 4 2.3 4C1.1 4 .3 4.7 .3 5.6C.3 7.6 4.5 6.3 4.5 8.4"
               "C4.5 9.4 3.5 10 2.3 10C1.2 10 .4 9.6 0 8.8")),
    "t": (3.8, "M1.5 1.6V8.2C1.5 9.7 2.5 10.2 3.8 9.8M0 4H3.6"),
    "u": (5.2, "M0 4V7.4A2.6 2.6 0 0 0 5.2 7.4M5.2 4V10"),
    "v": (5.4, "M0 4L2.7 10L5.4 4"),
    "w": (8.4, "M0 4L2.1 10L4.2 4.6L6.3 10L8.4 4"),
    "x": (5.0, "M0 4L5 10M5 4L0 10"),
    "y": (5.6, "M0 4L2.8 10M5.6 4L2.8 10L1.5 13"),
    "z": (4.8, "M0 4H4.8L0 10H4.8"),
    "0": (6.2, "M3.1 0A3.1 5 0 1 0 3.1 10A3.1 5 0 1 0 3.1 0Z"),
    "1": (3.2, "M0 2L3 0V10"),
    "2": (5.8, "M.1 2.6A2.7 2.6 0 0 1 5.5 2.6C5.5 5 0 10 0 10H5.8"),
    "3": (5.7, ("M.4 1.6C1 .6 1.9 0 3 0A2.3 2.3 0 0 1 3 4.6H2.2M3 4.6A2.7 2.7 0 0 1 3 10"
               "C1.6 10 .6 9.4 0 8.2")),
    "4": (6.0, "M4.6 10V0L0 6.9H6"),
    "5": (6.0, "M5.5 0H1L.6 4.4C1.3 3.9 2 3.7 2.9 3.7A3.1 3.15 0 0 1 2.9 10C1.5 10 .6 9.4 0 8.3"),
    "6": (6.1, "M4.8 0C2 1.6 .2 4 .2 6.9A2.95 3.1 0 1 0 3.1 3.8C1.8 3.8 .8 4.6 .3 5.9"),
    "7": (6.0, "M0 0H6L2 10"),
    "8": (5.6, ("M2.8 4.6A2.3 2.3 0 1 1 2.8 0A2.3 2.3 0 1 1 2.8 4.6A2.7 2.7 0 1 0 2.8 10"
               "A2.7 2.7 0 1 0 2.8 4.6Z")),
    "9": (6.1, "M1.4 10C4.2 8.4 6 6 6 3.1A2.95 3.1 0 1 0 3.1 6.2C4.4 6.2 5.4 5.4 5.9 4.1"),
    ".": (0.2, "M.1 9.9V10"),
    ",": (0.8, "M.7 9.8L0 11.7"),
    ":": (0.2, "M.1 4.9V5M.1 9.9V10"),
    ";": (0.8, "M.7 4.9V5M.7 9.8L0 11.7"),
    "!": (0.2, "M.1 0V6.8M.1 9.9V10"),
    "?": (5.0, "M0 2.3A2.5 2.3 0 0 1 5 2.3C5 4.6 2.5 4.6 2.5 7M2.5 9.9V10"),
    "-": (3.4, "M0 6.2H3.4"),
    "_": (5.6, "M0 11H5.6"),
    "'": (0.2, "M.1 0V2.6"),
    '"': (2.0, "M0 0V2.6M2 0V2.6"),
    "`": (1.4, "M0 0L1.4 2"),
    "(": (2.2, "M2.2 -.6Q-1.6 5.5 2.2 11.6"),
    ")": (2.2, "M0 -.6Q3.8 5.5 0 11.6"),
    "[": (2.2, "M2.2 -.6H0V11.6H2.2"),
    "]": (2.2, "M0 -.6H2.2V11.6H0"),
    "{": (3.0, "M3 -.6Q1.4 -.6 1.4 1.2V3.8Q1.4 5.5 0 5.5Q1.4 5.5 1.4 7.2V9.8Q1.4 11.6 3 11.6"),
    "}": (3.0, "M0 -.6Q1.6 -.6 1.6 1.2V3.8Q1.6 5.5 3 5.5Q1.6 5.5 1.6 7.2V9.8Q1.6 11.6 0 11.6"),
    "/": (4.4, "M0 11.4L4.4 -.6"),
    "\\": (4.4, "M0 -.6L4.4 11.4"),
    "|": (0.2, "M.1 -.6V12"),
    "+": (5.6, "M0 6.2H5.6M2.8 3.4V9"),
    "=": (5.6, "M0 4.8H5.6M0 7.6H5.6"),
    "<": (5.0, "M5 3L0 6.2L5 9.4"),
    ">": (5.0, "M0 3L5 6.2L0 9.4"),
    "*": (4.4, "M2.2 0V4.8M.1 1.2L4.3 3.6M4.3 1.2L.1 3.6"),
    "^": (4.4, "M0 3.6L2.2 0L4.4 3.6"),
    "~": (5.6, "M0 6.8Q1.4 4.8 2.8 6.2T5.6 5.6"),
    "#": (7.0, "M2.2 0L1.2 10M5.8 0L4.8 10M.4 3.2H7M0 6.8H6.6"),
    "%": (8.4, ("M7.2 0L1.2 10M1.7 0A1.7 2 0 1 0 1.7 4A1.7 2 0 1 0 1.7 0ZM6.7 6"
               "A1.7 2 0 1 0 6.7 10A1.7 2 0 1 0 6.7 6Z")),
    "$": (6.4, ("M6 2.4C5.3 1.5 4.3 1.1 3.1 1.1C1.5 1.1 .3 1.9 .3 3C.3 5.6 6.4 4.6 6.4 7"
               "C6.4 8.3 4.9 8.9 3.2 8.9C1.7 8.9 .6 8.4 0 7.4M3.2 -.6V10.6")),
    "&": (7.6, ("M7.6 10L1.4 3.2C.3 1.9 1.2 0 2.9 0C4.6 0 5.4 1.9 4.2 3.2C3 4.4 0 4.9 0 7.3"
               "C0 8.9 1.3 10 3 10C5.4 10 6.9 8 7 5.6")),
    "@": (9.6, ("M6.8 5.4A2.1 2.2 0 1 0 2.6 5.4A2.1 2.2 0 1 0 6.8 5.4ZM6.8 3.4V6.2"
               "C6.8 8.2 9.4 8 9.4 5.2A4.7 5.1 0 1 0 7 9.8")),
    "\u00b7": (0.2, "M.1 6.1V6.2"),
    "\u00d7": (4.6, "M0 3.9L4.6 8.5M4.6 3.9L0 8.5"),
    "\u2013": (5.4, "M0 6.2H5.4"),
    "\u2014": (8.4, "M0 6.2H8.4"),
    "\u2019": (0.9, "M.8 0L.2 2.6"),
    _ELLIPSIS: (4.8, "M.1 9.9V10M2.4 9.9V10M4.7 9.9V10"),
}  # fmt: skip


class Lettering(NamedTuple):
    """One line of letters: SVG path elements in units from (0, 0), and how wide the line is in units."""

    svg: str
    width_units: float


def lettering(text: str, *, longest_units: float, colour: str) -> Lettering:
    """Return `text` as one line of at most `longest_units`, cut with an ellipsis where it is longer.

    Accents are left off, other letters than Latin ones become a box: the picture's message carries the full text.
    """
    letters = "".join(
        c for c in unicodedata.normalize("NFKD", _one_line(text)) if not unicodedata.combining(c)
    )
    while letters and _width(letters) > longest_units:
        letters = letters.removesuffix(_ELLIPSIS)[:-1].rstrip() + _ELLIPSIS if len(letters) > 2 else ""
    paths, x = [], 0.0
    for letter in letters:
        width, path = _GLYPHS.get(letter, _UNKNOWN)
        paths.append(f'<path transform="translate({x:.2f} 0)" d="{path}"/>')
        x += width + _GAP_UNITS
    style = f'fill="none" stroke="{escape(colour)}" stroke-width="{_STROKE_UNITS}"'
    group = f'<g {style} stroke-linecap="round" stroke-linejoin="round">{"".join(paths)}</g>'
    return Lettering(group, _width(letters))


def _one_line(text: str) -> str:
    """Return `text` on one line, its first 200 characters."""
    return " ".join(text[:200].split())


def _width(letters: str) -> float:
    """Return how wide the letters are, in units."""
    return (
        sum(_GLYPHS.get(letter, _UNKNOWN)[0] + _GAP_UNITS for letter in letters) - _GAP_UNITS
        if letters
        else 0.0
    )
