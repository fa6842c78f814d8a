"""What keys of image services look like: enough to see that something else was pasted, before it is sent anywhere."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.models import Saying
from services.sayings import saying, saying_to_text

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
_LOOKS: Final[Mapping[str, Saying]] = MappingProxyType(
    {"fal": saying("expected.key_two_parts"), "openai": saying("expected.key_sk")}
)
_ONE_WORD: Final = saying("expected.key_word")


def read_key(provider: str, text: str) -> str:
    """Return the key in what somebody pasted. Raises UserError("bad_key"), which never repeats the text."""
    key = text.strip().strip("\"'").strip()
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise _bad(provider, saying("expected.key_length", least=SHORTEST_KEY, most=LONGEST_KEY))
    shape = _SHAPES.get(provider, _ANY)
    if not (_ANY.fullmatch(key) and shape.fullmatch(key)):
        raise _bad(provider, _LOOKS.get(provider, _ONE_WORD))
    return key


def last_four(key: str) -> str:
    """Return the end of a key, by which its owner knows it."""
    return key[-4:]


def _bad(provider: str, expected: Saying) -> UserError:
    looks = saying_to_text(expected)
    return UserError("bad_key", f"no key for {provider}", provider=provider, expected=looks)
