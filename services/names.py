"""Names that people give to what they keep: what a name may be, and when two names are one."""

import hashlib
import re
import unicodedata
from typing import Final

from services.errors import UserError

LONGEST_NAME: Final = 100
LONGEST_KEY: Final = 200
"""Source: the columns `name` and `name_key` of the tables that hold names."""

_SPACES: Final = re.compile(r"\s+")
# Letters to Unicode, blank to the eye.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_JOINERS: Final = frozenset("\u200c\u200d")
"""Persian words and emoji of several parts are written with them."""

# Small letters, as only those are left once the case is folded. A Greek or Cyrillic letter looks like a Latin one in
# its small form, its capital or both, and one of the two is enough. No two common letters of one alphabet get the same
# Latin letter: names that nobody confuses would be one.
# Source: Unicode Technical Standard 39, "confusables.txt", the letters whose form is the same in common fonts.
_LATIN_TWINS: Final = str.maketrans(
    {
        **dict(zip("авеѕіјкмнорстухһԁԛԝӏүѵԍӕә", "abesijkmhopctyxhdqwlyvgæə", strict=True)),
        **dict(zip("αβεζηικμνορτυχϲϹϳ", "abezhikmnoptyxccj", strict=True)),
        **dict(zip("ıɑɡɩᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "iagiabcdefghijklmnoprstuvwyz", strict=True)),
    }
)


def clean_name(text: str, field: str) -> str:
    """Return a name as it is shown: in Unicode's form C, on one line, without control and invisible characters.

    Any script, signs and emoji may stand in it: a name is never part of a path or an address. Raises
    UserError("empty_name") where no letter, digit or sign of its own is left, UserError("text_too_long") above
    `LONGEST_NAME` characters; both name the `field` that was typed.
    """
    # What is longer than this is too long however it is cleaned, and is not worth the work.
    if len(text) > 10 * LONGEST_NAME:
        raise UserError("text_too_long", field=field, found=len(text), maximum=LONGEST_NAME)
    seen = "".join(map(_as_shown, text))
    name = unicodedata.normalize("NFC", _SPACES.sub(" ", seen).strip())
    if not any(unicodedata.category(character)[0] in "LN" or _is_sign(character) for character in name):
        raise UserError("empty_name", field=field, maximum=LONGEST_NAME)
    if len(name) > LONGEST_NAME:
        raise UserError("text_too_long", field=field, found=len(name), maximum=LONGEST_NAME)
    return name


def name_key(text: str) -> str:
    """Return a name as it is compared, at most `LONGEST_KEY` characters: names that look alike have the same key.

    Case, width, spaces and what cannot be seen make no difference, nor do Latin, Greek and Cyrillic letters of the
    same form ("Mira" with a Cyrillic "а"). Accents do.
    """
    folded = unicodedata.normalize("NFKC", text.translate(_LATIN_TWINS)).casefold()
    letters = unicodedata.normalize("NFD", folded).translate(_LATIN_TWINS)
    seen = "".join(character for character in map(_as_shown, letters) if not _is_unseen(character))
    key = unicodedata.normalize("NFC", _SPACES.sub(" ", seen).strip())
    if len(key) <= LONGEST_KEY:
        return key
    # One sign may stand for 18 letters: such names stay apart by a digest.
    digest = hashlib.sha256(key.encode()).hexdigest()
    return key[: LONGEST_KEY - len(digest)] + digest


def _as_shown(character: str) -> str:
    """Return a character, a space for a blank one, nothing for one that has no form of its own."""
    category = unicodedata.category(character)
    if character.isspace() or character in _BLANK_LETTERS:
        return " "
    is_hidden = category in {"Cc", "Cs"} or (category == "Cf" and character not in _JOINERS)
    return "" if is_hidden else character


def _is_unseen(character: str) -> bool:
    """Tell whether a character only changes how its neighbours are drawn: a joiner or a variation selector."""
    return character in _JOINERS or "\ufe00" <= character <= "\ufe0f" or character == "\u034f"


def _is_sign(character: str) -> bool:
    """Tell whether a character is an emoji or a sign such as a star; marks on letters and punctuation are none."""
    return unicodedata.category(character) == "So"
