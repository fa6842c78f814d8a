"""Prompts: a drawn face told as a description of a person, and the same for people who hear the picture."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.models import DrawnFeature, Face
from services.phrases import Phrase, article, bare, phrase_of, sentence_parts

MAX_ALT_TEXT_CHARACTERS: Final = 1024
"""*Source:* Discord, "Attachment object": `description` holds 1024 characters."""

SIZE_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "21:9": "1008x432",
        "16:9": "1024x576",
        "3:2": "1008x672",
        "4:3": "1024x768",
        "5:4": "960x768",
        "1:1": "1024x1024",
        "4:5": "768x960",
        "3:4": "768x1024",
        "2:3": "672x1008",
        "9:16": "576x1024",
        "9:21": "432x1008",
    }
)
"""Width x height in pixels that the base instruction names for an aspect; each has exactly that ratio."""

Words = Mapping[str, str]

BALD: Final = "bald"
CROPPED: Final = frozenset({"buzzed", "close-cropped"})
_GROWTH: Final = MappingProxyType(
    {
        "neck-length": "hangs",
        "shoulder-length": "falls",
        "chest-length": "spills",
        "waist-length": "pours down",
        "ear-length": "falls",
        "chin-length": "falls",
    }
)
"""How hair of a length leaves the hairline; shorter hair "grows"."""
NOUN_TEXTURES: Final = frozenset({"locs", "twists", "braids", "cornrows", "dreadlocks"})


def base_instruction(aspect: str = "1:1") -> str:
    """Return the sentence that every prompt ends in. Raises `UserError` "unknown_aspect"."""
    size = SIZE_WORDS.get(aspect)
    if size is None:
        raise UserError("unknown_aspect", field="aspect", found=aspect[:40], allowed=", ".join(SIZE_WORDS))
    return (
        f"Make it a {size} portrait, head and shoulders facing the camera,"
        " on a plain white background with no accessories."
    )


def listed(parts: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c", without the empty parts."""
    parts = [part for part in parts if part]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def sentence(text: str) -> str:
    """Return words, not "", with a capital and a full stop."""
    return f"{text[0].upper()}{text[1:]}."


def _word_once(phrases: Mapping[str, Phrase]) -> Words:
    """Return the text of each part, in the other wording where the sentence has used a word already."""
    words = dict.fromkeys(phrases, "")
    for parts in sentence_parts().values():
        used: set[str] = set()
        for part in parts:
            phrase = phrases.get(part)
            if phrase is None:
                continue
            is_first = not phrase.other or used.isdisjoint(phrase.stems)
            words[part] = phrase.text if is_first else phrase.other
            used |= phrase.stems if is_first else phrase.other_stems
    return words


def adjectives(first: str, second: str, noun: str) -> str:
    """Return "hooded, wide-set green eyes": two adjectives before a noun phrase, each of them optional."""
    if first and second:
        return f"{first}, {second} {noun}"
    return f"{first or second} {noun}".lstrip()


def cheeks(words: Words) -> str:
    """Return "high, rosy cheekbones": the look goes before the noun of the shape."""
    shape, look = words.get("cheek_shape", ""), words.get("cheek_look", "")
    if not shape:
        return f"{look} cheeks" if look else ""
    adjective, _, noun = shape.rpartition(" ")
    return f"{adjective}, {look} {noun}" if look else shape


def _person(words: Words) -> str:
    get = words.get
    skin = f"{get('skin_texture', '')} {get('skin_tone', 'skin')}".lstrip()
    details = listed([get("undertone", ""), get("mark", "")])
    person = get("age", "A person")
    if details or skin != "skin":
        person = f"{person} with {skin}, {details}"
    person = person.rstrip(", ")
    build = listed([get("jaw", ""), get("chin", ""), cheeks(words)])
    face = get("face", "face")
    if build:
        return f"{person}, whose {face} has {build}"
    return f"{person}, with {article(face)}" if face != "face" else person


def _hair(words: Words) -> str:
    get = words.get
    length, texture, color = get("hair_length", ""), get("hair_texture", ""), get("hair_color", "")
    hairline = get("hairline", "")
    if length == BALD:
        return f"the bald head keeps the trace of {hairline}" if hairline else "the head is bald"
    if length in CROPPED and texture:
        join = "with" if texture in NOUN_TEXTURES else "and"
        hair = f"{color} hair, {length} at the sides {join} {texture} on top,".lstrip()
    elif texture in NOUN_TEXTURES:
        hair = adjectives(length, "", f"hair in {color} {texture}".replace("  ", " "))
    else:
        hair = adjectives(length, texture, f"{color} hair".lstrip())
    if hairline:
        verb = _GROWTH.get(length, "grows")
        return f"{hair if hair != 'hair' else 'their hair'} {verb} from {hairline}"
    return f"the person has {hair.rstrip(',')}" if hair != "hair" else ""


def _eyes(words: Words) -> str:
    get = words.get
    shape, setting, look = get("eye_shape", ""), get("eye_setting", ""), get("eye_look", "")
    eyes = adjectives(shape, setting, get("eye_color", "eyes"))
    brows = adjectives(get("brow_shape", ""), get("brow_line", ""), "eyebrows")
    brow_look = get("brow_look", "")
    brows = f"{brows} {brow_look}".rstrip()
    if brows == "eyebrows":
        look = look.removesuffix(" beneath").removesuffix(" from")
        return f"their {eyes} {look}".rstrip(", ") if look else _owned(eyes, "eyes")
    if not look and eyes == "eyes":
        return f"the person has {brows}"
    return f"their {eyes} {look or 'rest beneath'} {brows}"


def _owned(text: str, noun: str) -> str:
    return "" if text == noun else f"the person has {text.rstrip(',')}"


def _mouth(words: Words) -> str:
    get = words.get
    nose_shape, bridge = get("nose_shape", ""), get("nose_bridge", "")
    nose = f"{bridge}{nose_shape or ' nose'}" if bridge else article(nose_shape.lstrip(", "))
    lips = adjectives(get("lip_shape", ""), get("lip_texture", ""), "lips")
    look, beard = get("lip_look", ""), get("beard", "")
    has_nose, has_mouth = bool(bridge or nose_shape), bool(look or beard or lips != "lips")
    mouth = f"the {lips} {look or 'rest'} {beard}".rstrip()
    if has_nose and has_mouth:
        return f"below {nose}, {mouth}"
    if has_nose:
        return f"the person has {nose}"
    return mouth if has_mouth else ""


def _extra(drawn: DrawnFeature) -> str:
    """Return "their forehead is broad" for a feature that only the operator's file has."""
    name = drawn.name.lower()
    if drawn.category == "Color" and "color" not in name:
        name = f"{name} color"
    is_plural = name.endswith("s") and not name.endswith(("ss", "us", "is"))
    return f"their {name} {'are' if is_plural else 'is'} {bare(drawn.value)}"


def words_of(face: Face) -> tuple[Words, list[str]]:
    """Return the words of each part, and "their forehead is broad" for each feature of the operator's file alone."""
    phrases: dict[str, Phrase] = {}
    extras: list[str] = []
    for drawn in face:
        phrase = phrase_of(drawn)
        if phrase is None:
            extras.append(_extra(drawn))
        else:
            phrases[phrase.part] = phrase
    return _word_once(phrases), extras


def sentences(face: Face) -> dict[str, str]:
    """Return the sentences of `describe` by the names that they have in `phrases.toml`; "" for none.

    What only the operator's file has stands under "others".
    """
    words, extras = words_of(face)
    told = {"person": _person(words), "hair": _hair(words), "eyes": _eyes(words), "mouth": _mouth(words)}
    told["others"] = listed(extras)
    return {name: sentence(text) if text else "" for name, text in told.items()}


def describe(face: Face) -> str:
    """Return two to five sentences that name every drawn value (but for a bald head's hair), gender left open."""
    return " ".join([text for text in sentences(face).values() if text])


def alt_text(face: Face, *, frame: str = "Portrait sketch of {face}") -> str:
    """Return what a screen reader says for the picture: at most 1,024 characters, cut at a word if need be.

    `frame` is said around the description, which stands in for "{face}" and begins with a small letter.
    """
    description = describe(face)
    text = frame.format(face=f"{description[0].lower()}{description[1:]}")
    if len(text) <= MAX_ALT_TEXT_CHARACTERS:
        return text
    return text[: MAX_ALT_TEXT_CHARACTERS - 1].rpartition(" ")[0].rstrip(",;") + "…"


def write_prompt(face: Face, *, aspect: str = "1:1") -> str:
    """Return the prompt of a face: the description, then the base instruction with the size words of the aspect.

    At most 120 words for every face of our own feature file. Raises `UserError` "unknown_aspect".
    """
    return f"{describe(face)} {base_instruction(aspect)}"
