"""A face as one list, to go behind somebody's own words: "in their forties", "long red hair, freckles and green eyes".

The words are those of the portrait prompts (`phrases.toml`), said as nouns. Gender is left open.
"""

from dataclasses import dataclass

from services.models import Face
from services.phrases import article, phrase_of
from services.prompts import BALD, CROPPED, NOUN_TEXTURES, Words, adjectives, cheeks, listed, words_of


@dataclass(frozen=True, slots=True)
class Looks:
    """A face in words, each "" for none.

    `age` is "in their forties", `features` a list such as "red hair and green eyes", `others` clauses such as "their
    forehead is broad" for what only the operator's feature file has.
    """

    age: str = ""
    features: str = ""
    others: str = ""


def _hair(words: Words) -> str:
    get = words.get
    length, texture, color = get("hair_length", ""), get("hair_texture", ""), get("hair_color", "")
    if length == BALD:
        return "a bald head"
    noun = f"{color} hair".lstrip()
    if length in CROPPED and texture:
        join = "with" if texture in NOUN_TEXTURES else "and"
        return f"{noun} that is {length} at the sides {join} {texture} on top"
    if texture in NOUN_TEXTURES:
        return adjectives(length, "", f"hair in {color} {texture}".replace("  ", " "))
    return _unless_bare(adjectives(length, texture, noun), "hair")


def _hairline(words: Words) -> str:
    hairline = words.get("hairline", "")
    return f"the trace of {hairline}" if hairline and words.get("hair_length") == BALD else hairline


def _skin(words: Words) -> str:
    skin = f"{words.get('skin_texture', '')} {words.get('skin_tone', 'skin')}".lstrip()
    undertone = words.get("undertone", "")
    return f"{skin} that is {undertone}" if undertone else _unless_bare(skin, "skin")


def _face(words: Words) -> str:
    face = words.get("face", "")
    return article(face) if face else ""


def _eyes(words: Words) -> str:
    eyes = adjectives(
        words.get("eye_shape", ""), words.get("eye_setting", ""), words.get("eye_color", "eyes")
    )
    look = words.get("eye_look", "").removesuffix(" beneath").removesuffix(" from")
    return f"{eyes} that {look}" if look else _unless_bare(eyes, "eyes")


def _eyebrows(words: Words) -> str:
    brows = adjectives(words.get("brow_shape", ""), words.get("brow_line", ""), "eyebrows")
    return _unless_bare(f"{brows} {words.get('brow_look', '')}".rstrip(), "eyebrows")


def _nose(words: Words) -> str:
    bridge, shape = words.get("nose_bridge", ""), words.get("nose_shape", "")
    if bridge:
        return f"{bridge}{shape or ' nose'}"
    return article(shape.lstrip(", ")) if shape else ""


def _lips(words: Words) -> str:
    lips = adjectives(words.get("lip_shape", ""), words.get("lip_texture", ""), "lips")
    look = words.get("lip_look", "")
    return f"{lips} that {look}" if look else _unless_bare(lips, "lips")


def _beard(words: Words) -> str:
    """Return "a full beard": a sentence about lips says it behind a preposition."""
    return words.get("beard", "").partition(" ")[2]


def _unless_bare(text: str, noun: str) -> str:
    return "" if text == noun else text


def looks(face: Face) -> Looks:
    """Return the words for a face, the same for the same face; what a bald head lacks is left out."""
    words, others = words_of(face)
    phrases = filter(None, map(phrase_of, face))
    words = {**words, **{phrase.part: phrase.noun for phrase in phrases if phrase.noun}}
    features = [
        _hair(words),
        _hairline(words),
        _skin(words),
        words.get("mark", ""),
        _face(words),
        words.get("jaw", ""),
        words.get("chin", ""),
        cheeks(words),
        _eyebrows(words),
        _eyes(words),
        _nose(words),
        _lips(words),
        _beard(words),
    ]
    age = words.get("age", "").removeprefix("A person").strip(" ,")
    # In a list, a comma parts the entries: "hollow pale cheeks".
    return Looks(age, listed([text.replace(", ", " ") for text in features]), listed(others))
