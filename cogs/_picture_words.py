"""What is said of a picture wherever it stands: its seeds, what made it, what differs, what it shows. Pure."""

from collections.abc import Sequence
from typing import Final

from cogs._text import clip_lines, code, dollars, escape, plain
from services.jobs.courier import CharacterTag, PictureResult
from services.languages import ENGLISH, find_text, say
from services.languages.commands import CommandPart, command_text
from services.models import Payer, Recipe, RecipeKind
from services.prompts import alt_text
from services.recipes import Difference

MOST_ALT_TEXT: Final = 1024
"""Source: Discord, Media Gallery Item, "description"."""

_DIFFERENCES_LENGTH: Final = 1500
_MOST_LISTED: Final = 6
_KIND: Final = "Kind"
"""The name of the difference whose values are words of ours."""


def is_sketch(recipe: Recipe) -> bool:
    """Tell whether the offline painter made this."""
    return recipe.provider == "sketch"


def picture_alt_text(recipe: Recipe, language: str = ENGLISH) -> str:
    """Return what a screen reader says for a picture made by `recipe`, at most `MOST_ALT_TEXT` characters.

    A face is described in English, as every prompt is.
    """
    if recipe.kind is RecipeKind.PORTRAIT and recipe.features:
        frame = find_text(language, "pictures.alt_sketch" if is_sketch(recipe) else "pictures.alt_portrait")
        return alt_text(recipe.features, frame=str(frame))
    prompt = plain(recipe.prompt, MOST_ALT_TEXT)
    return plain(say(language, "pictures.alt_words", prompt=prompt), MOST_ALT_TEXT)


def made_by_line(recipe: Recipe, payer: Payer = Payer.NOBODY, language: str = ENGLISH) -> str:
    """Return the line that says what made the picture and whose account paid; it stands under every one."""
    if is_sketch(recipe):
        return say(language, "pictures.sketch")
    return say(language, f"pictures.made_{payer}", model=escape(recipe.model))


def seeds_line(recipe: Recipe, language: str = ENGLISH) -> str:
    """Return both seeds, as far as there are any."""
    if recipe.image_seed is None:
        image = say(language, "pictures.no_seed")
    else:
        image = say(language, "pictures.image_seed", seed=f"`{recipe.image_seed}`")
    if recipe.prompt_seed is None:
        return image
    return f"{image} · {say(language, 'pictures.prompt_seed', seed=f'`{recipe.prompt_seed}`')}"


def character_text(tag: CharacterTag, language: str) -> str:
    """Return of which character a picture is: "Mira, version 2, picture 4"."""
    name = "characters.tag" if tag.number is not None else "characters.tag_without_number"
    return say(language, name, name=escape(tag.name), version=tag.version, number=tag.number)


def picture_line(picture: PictureResult, number: str, language: str) -> str:
    """Return one picture's code, its character, seeds and what it cost."""
    cost = picture.price_micro_usd if picture.cost_micro_usd is None else picture.cost_micro_usd
    # What somebody's own account was charged only its vendor knows; of the bot's, the price was given back.
    is_free = picture.is_given_back and picture.payer is Payer.OPERATOR and cost > 0
    price = dollars(cost, language)
    price = say(language, "pictures.not_charged", price=price) if is_free else price
    tag = "" if picture.character is None else f" · {character_text(picture.character, language)}"
    return f"{number}{code(picture.code)}{tag} · {seeds_line(picture.recipe, language)} · {price}"


def difference_name(difference: Difference, language: str) -> str:
    """Return in what two recipes differ: a feature or a parameter by its own name, anything else in the language."""
    name = find_text(language, f"differences.{difference.name.lower().replace(' ', '_')}")
    return difference.name if name is None else str(name)


def difference_values(difference: Difference, language: str) -> tuple[str, str]:
    """Return both sides of a difference; not escaped. What people type, such as features, stays as it is."""
    left, right = (
        kind_word(value, language) if difference.name == _KIND and value else value
        for value in (difference.left, difference.right)
    )
    none = say(language, "differences.none")
    return left or none, right or none


def kind_word(kind: str, language: str) -> str:
    """Return how a picture was made in one word, as the choices of `/history` have it."""
    return command_text(language, CommandPart.CHOICE, kind) or kind


def differences_text(differences: Sequence[Difference], language: str = ENGLISH) -> str:
    """Return in what two pictures differ: a list of a few things, or one paragraph of many."""
    if not differences:
        return f"- {say(language, 'differences.nothing')}"
    parts = [_difference_text(difference, language) for difference in differences]
    if len(parts) <= _MOST_LISTED:
        return clip_lines((f"- {part}" for part in parts), _DIFFERENCES_LENGTH, language)
    kept = clip_lines(parts, _DIFFERENCES_LENGTH, language).split("\n")
    last = kept.pop() if kept[-1].startswith("-# ") else ""
    return " · ".join(kept) + (f"\n{last}" if last else "")


def _difference_text(difference: Difference, language: str) -> str:
    left, right = (escape(value, 80) for value in difference_values(difference, language))
    return f"**{escape(difference_name(difference, language))}** {left} → {right}"
