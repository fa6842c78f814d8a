"""The words of a scene: who the character is, then what happens, as one text that any model can read."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.feature_names import fold
from services.features import FeatureFile
from services.looks import Looks, looks
from services.models import DrawnFeature, Face, FeatureKey
from services.phrases import phrase_of
from services.prompts import BALD, sentences
from services.words import features_in_words, nouns_of

_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "！", "？")
_SHOWN: Final = "The same character as in the reference picture: "
_SHOWN_BY_SEVERAL: Final = "The same character as in the reference pictures: "
_PLAIN: Final = re.compile(r"(?:an?|the|one)(?: [^\W\d_](?:[^\W\d_]|['’-])*){1,7}\.?", re.I)
"""Few words that name somebody, with an English article: "a young woman"."""
_HOOKS: Final = re.compile(
    r"\b(?:and|as|at|by|carrying|from|has|her|his|holding|in|is|like|of|on|or|riding|sitting|standing|that|their"
    r"|wearing|which|while|who|whose|with|without)\b"
)
"""Words behind which "with green eyes" would hang on something else: "a girl holding a teddy bear"."""
_APART: Final = r"(?! (?:a|an|and|has|her|his|holding|in|of|on|or|the|their|wearing|with)\b)"


def _sentence(text: str) -> str:
    """Return words with a capital at their beginning and an end of their own."""
    begun = f"{text[:1].upper()}{text[1:]}"
    return begun if begun.endswith(_SENTENCE_ENDS) else f"{begun.rstrip(' ,;:-')}."


def _has(text: str, words: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(fold(words))}(?![\w-])", text) is not None


def _says(description: str, drawn: DrawnFeature) -> bool:
    """Return whether a folded description names a feature in the same words: "red hair", "red, curly hair".

    The feature file is not asked: the words of a character must not depend on it.
    """
    if drawn.value == BALD:
        return _has(description, BALD)
    phrase, nouns = phrase_of(drawn), nouns_of(drawn.key)
    wordings = (looks((drawn,)).features, "" if phrase is None else phrase.other)
    told = [re.sub(r"^an? ", "", wording) for wording in wordings if wording]
    if not nouns:
        return any(_has(description, each) for each in (drawn.value, *told))
    if any(_has(description, each) for each in told if " " in each):
        return True
    # "red", and as a list or the other wording has it: "medium-sized" eyes, an "elevated" brow.
    ends = tuple(f" {noun}" for noun in nouns)
    heads = [each.rpartition(" ")[0] for each in told if each.endswith(ends)]
    values = [drawn.value, *heads, *(each for each in told if " " not in each)]
    either = "|".join(re.escape(fold(each)) for each in values)
    tail = rf"\b,?(?:{_APART} [\w-]+){{0,3}}(?:{'|'.join(map(re.escape, ends))})\b"
    return re.search(rf"(?<![\w-])(?:{either}){tail}", description) is not None


def _unsaid(description: str, features: Face) -> Face:
    """Return the features that a description does not name itself: as a prompt does, or in the same words."""
    told = {name for name, text in sentences(features).items() if text and text in description}
    folded = fold(description)
    phrases = [(drawn, phrase_of(drawn)) for drawn in features]
    return tuple(
        drawn
        for drawn, phrase in phrases
        if ("others" if phrase is None else phrase.sentence) not in told and not _says(folded, drawn)
    )


def _is_plain(description: str) -> bool:
    return _PLAIN.fullmatch(description) is not None and _HOOKS.search(fold(description)) is None


def _joined(description: str, look: Looks) -> str:
    """Return "a young woman in their thirties with red hair and green eyes"."""
    age = f" {look.age}" if look.age.startswith("in ") else f", {look.age}," if look.age else ""
    features = f" with {look.features}" if look.features else ""
    return f"{description.rstrip('.')}{age}{features}".rstrip(",")


def _apart(look: Looks) -> str:
    """Return "The character is in their thirties and has red hair and green eyes"."""
    said = (f"is {look.age}" if look.age else "", f"has {look.features}" if look.features else "")
    return f"The character {' and '.join(filter(None, said))}"


def who(description: str, features: Face) -> str:
    """Return who a character is, in whole sentences: its description word for word, then what else is fixed of it.

    The same for every scene, byte for byte: it depends on these two alone. What the description says itself is not said
    again.
    """
    look = looks(_unsaid(description, features))
    if not look.age and not look.features:
        told = [description]
    elif _is_plain(description):
        told = [_joined(description, look)]
    else:
        told = [description, _apart(look)]
    return " ".join(_sentence(text) for text in (*told, look.others) if text)


def scene_prompt(description: str, features: Face, scene: str, *, references: int) -> str:
    """Return the prompt of a scene for a model that looks at so many pictures of the character.

    Who the character is stands first, the same for every scene, and then what happens.
    """
    character = who(description, features)
    if references == 0:
        return f"{character} {_sentence(scene)}"
    shown = _SHOWN if references == 1 else _SHOWN_BY_SEVERAL
    return f"{shown}{character} {_sentence(scene)}"


def locks_of(feature_file: FeatureFile, description: str, features: Face) -> dict[FeatureKey, str]:
    """Return the features that hold whatever a scene says: the fixed ones, and those that the description names."""
    described = {drawn.key: drawn.value for drawn in features_in_words(feature_file, description)}
    return {**described, **{drawn.key: drawn.value for drawn in features}}


def locked_face(
    feature_file: FeatureFile, locks: Mapping[FeatureKey, str], scene: str, shown: Sequence[DrawnFeature] = ()
) -> tuple[Face, tuple[DrawnFeature, ...]]:
    """Return the face of a scene, and what the scene says against the locks, which hold.

    `shown` is what a picture of the character shows, where neither has anything to say.
    """
    said = features_in_words(feature_file, scene)
    against = tuple(drawn for drawn in said if locks.get(drawn.key, drawn.value) != drawn.value)
    values = {**{drawn.key: drawn.value for drawn in (*shown, *said)}, **locks}
    known = [key for key in feature_file.features if key in values]
    others = [key for key in values if key not in feature_file.features]
    return tuple(DrawnFeature(*key, values[key]) for key in (*known, *others)), against
