"""What the catalogue of models says of models and parameters, in other languages: by its English text.

A text that several models share is translated once.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from services.languages import ENGLISH, FOLDER

_FILE = "catalog/texts.toml"


@cache
def catalog_texts(language: str) -> Mapping[str, str]:
    """Return what stands in a language's file: the text for each English one. Blocking, once."""
    return MappingProxyType(tomllib.loads((FOLDER / language / _FILE).read_text("utf-8")))


def catalog_text(language: str, text: str) -> str:
    """Return a text of the catalogue in a language, as it stands where that has no other words for it."""
    return text if language == ENGLISH else catalog_texts(language).get(text, text)
