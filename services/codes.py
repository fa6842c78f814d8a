"""Short codes: the eight characters by which people name a result ("/show 7k2m9xq4")."""

import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

from services.errors import UserError

CODE_LENGTH: Final = 8
"""Eight characters of five bits: 40 random bits, drawn again by the caller when the code is already taken."""

# Crockford's base 32 leaves out i, l, o (read as 1, 1, 0) and u. Source: crockford.com/base32.html, "Symbols".
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_READ_AS: Final = str.maketrans({"o": "0", "i": "1", "l": "1"})
_LONGEST_TYPED: Final = 64


def new_code(random: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a new code of `CODE_LENGTH` characters from five bytes of `random`."""
    bits = int.from_bytes(random(5), "big")
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(35, -1, -5))


def parse_code(text: str) -> str:
    """Return the code that `text` means, in its one written form.

    Upper case, spaces, dashes and the look-alikes o, i and l are forgiven. Raises UserError("bad_code") for the rest.
    """
    typed = "".join(filter(_is_kept, text[:_LONGEST_TYPED]))
    code = typed.lower().translate(_READ_AS)
    # Some foreign letters turn into a plain one in lower case (the Kelvin sign into k): they are no slip of the hand.
    is_code = typed.isascii() and len(code) == CODE_LENGTH and set(code) <= set(_ALPHABET)
    if not is_code or len(text) > _LONGEST_TYPED:
        raise UserError("bad_code", f"no code in {text[:_LONGEST_TYPED]!r}", field="code")
    return code


def _is_kept(character: str) -> bool:
    """Tell whether `character` is part of a code, as opposed to a space (Z*) or a dash of any kind (Pd)."""
    return not character.isspace() and unicodedata.category(character) not in {"Zs", "Pd"}
