"""What keys of image services look like: enough to see that something else was pasted, before it is sent anywhere."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.errors import UserError

LONGEST_KEY: Final = 256
SHORTEST_KEY: Final = 12

_ANY: Final = re.compile(r"[!-~]+")
# A key that is pasted for the wrong service would be shown to a stranger by its test: forms that can be told apart are.
# Source: fal.ai, "Authentication" (key id, colon, secret); platform.openai.com, "API keys" ("sk-...").
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "fal": re.compile(r"[\w-]+:[\w-]+"),
        "openai": re.compile(r"sk-[\w-]+"),
        "bfl": re.compile(r"(?!sk-)[^:]+"),
        "modelslab": re.compile(r"(?!sk-)[^:]+"),
    }
)
_LOOKS: Final[Mapping[str, str]] = MappingProxyType(
    {"fal": "two parts with a colon between them", "openai": "one word that begins with sk-"}
)
_ONE_WORD: Final = "one word of letters and digits"


def read_key(provider: str, text: str) -> str:
    """Return the key in what somebody pasted. Raises UserError("bad_key"), which never repeats the text."""
    key = text.strip().strip("\"'").strip()
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise _bad(provider, f"{SHORTEST_KEY} to {LONGEST_KEY} characters")
    shape = _SHAPES.get(provider, _ANY)
    if not (_ANY.fullmatch(key) and shape.fullmatch(key)):
        raise _bad(provider, _LOOKS.get(provider, _ONE_WORD))
    return key


def last_four(key: str) -> str:
    """Return the end of a key, by which its owner knows it."""
    return key[-4:]


def _bad(provider: str, expected: str) -> UserError:
    return UserError("bad_key", f"no key for {provider}", provider=provider, expected=expected)
