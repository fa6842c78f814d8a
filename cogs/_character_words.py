"""What `/character` says, in the person's language. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines, code, escape
from db.characters.character_shares import ShareTarget
from services.character_export import ExportedCharacter
from services.character_keeping import DeletedCharacter
from services.character_pictures import (
    AddedPicture,
    CharacterPicture,
    CharacterView,
    PictureState,
    RemovedPicture,
)
from services.characters import Character, ListedCharacter
from services.feature_names import names_of
from services.features import FeatureFile
from services.languages import say
from services.models import Face

_LONGEST_DESCRIPTION: Final = 1_500
_PICTURE_WORDS: Final[Mapping[PictureState, str]] = {
    PictureState.REMOVED: "characters.picture_removed",
    PictureState.DELETED: "characters.picture_deleted",
    PictureState.HIDDEN: "characters.picture_hidden",
}


_ADDED: Final[Mapping[tuple[bool, bool], str]] = {
    (True, True): "characters.added",
    (True, False): "characters.added_before",
    (False, True): "characters.added_brought",
    (False, False): "characters.added_brought_before",
}
"""By whether it has a code, and whether it is new."""


def created_text(language: str, character: Character) -> str:
    """Return what is said of a new character."""
    lines = [say(language, "characters.created", name=escape(character.name), code=code(character.code))]
    if character.reference_numbers:
        lines.append(_numbers_text(language, "characters.created_with_pictures", character.reference_numbers))
    lines.append(say(language, "characters.created_next", help=say(language, "characters.created_help")))
    return "\n".join(lines)


def _numbers_text(language: str, name: str, numbers: Sequence[int]) -> str:
    return say(language, name, count=len(numbers), numbers=", ".join(map(str, numbers)))


def features_text(feature_file: FeatureFile, features: Face) -> str:
    """Return features as they are typed: "eye color=green; nose=aquiline"."""
    labels = names_of(feature_file).labels
    return "; ".join(f"{labels.get(drawn.key, str(drawn.key))}={drawn.value}" for drawn in features)


def shown_text(language: str, view: CharacterView, feature_file: FeatureFile, shares: str = "") -> str:
    """Return everything about a character; `shares` says with whom it is shared."""
    character = view.character
    about = {"name": escape(character.name), "version": character.version, "code": code(character.code)}
    features = escape(features_text(feature_file, character.features), 1000)
    return clip_lines(
        [
            f"### {say(language, 'characters.heading', **about)}",
            *([] if character.is_own else [f"-# {say(language, 'characters.shared_with_you')}"]),
            escape(character.description, _LONGEST_DESCRIPTION),
            say(language, "characters.features", features=features)
            if features
            else say(language, "characters.no_features"),
            *([shares] if shares else []),
            *_about_pictures(language, view),
        ],
        MOST_TEXT - 200,
        language,
    )


def _about_pictures(language: str, view: CharacterView) -> list[str]:
    here = [each for each in view.pictures if each.state is PictureState.HERE]
    if not view.pictures:
        return [say(language, "characters.no_pictures")]
    lines = []
    if view.character.reference_numbers:
        lines.append(_numbers_text(language, "characters.defaults", view.character.reference_numbers))
    elif here:
        lines.append(say(language, "characters.default_first", number=here[0].number))
    return [*lines, pictures_text(language, view.pictures)]


def pictures_text(language: str, pictures: Sequence[CharacterPicture]) -> str:
    """Return the numbers of pictures, each with its code or why there is none."""
    words = ", ".join(_picture_text(language, each) for each in pictures)
    return say(language, "characters.pictures", pictures=words)


def _picture_text(language: str, picture: CharacterPicture) -> str:
    if picture.state is not PictureState.HERE:
        return say(language, _PICTURE_WORDS[picture.state], number=picture.number)
    if not picture.code:
        return say(language, "characters.picture_brought", number=picture.number)
    return say(language, "characters.picture_here", number=picture.number, code=code(picture.code))


def list_text(language: str, found: Sequence[ListedCharacter]) -> str:
    """Return the characters that somebody may use, own ones first."""
    own = [each for each in found if each.character.is_own]
    lent = [each for each in found if not each.character.is_own]
    lines = [f"### {say(language, 'characters.list_own')}"]
    lines += [_listed(language, each) for each in own] or [say(language, "characters.list_empty")]
    if lent:
        lines += [f"### {say(language, 'characters.list_lent')}", *(_listed(language, each) for each in lent)]
    return clip_lines(lines, MOST_TEXT - 200, language)


def _listed(language: str, listed: ListedCharacter) -> str:
    character = listed.character
    return "- " + say(
        language,
        "characters.listed",
        name=f"**{escape(character.name)}**",
        code=code(character.code),
        version=character.version,
        pictures=say(language, "answers.pictures", count=listed.pictures),
    )


def edited_text(language: str, character: Character, *, is_changed: bool) -> str:
    """Return what is said of a changed character."""
    name = f"**{escape(character.name)}**"
    if not is_changed:
        return say(language, "characters.unchanged", name=name)
    return say(language, "characters.edited", name=name, version=character.version)


def renamed_text(language: str, character: Character, before: str) -> str:
    """Return what is said of a character with another name."""
    names = {"before": f"**{escape(before)}**", "name": f"**{escape(character.name)}**"}
    return say(language, "characters.renamed", **names, code=code(character.code))


def deleted_text(language: str, deleted: DeletedCharacter) -> str:
    """Return what is said of a deleted character."""
    name = "characters.deleted_in_use" if deleted.is_in_use else "characters.deleted"
    return say(language, name, name=f"**{escape(deleted.name)}**")


def added_text(language: str, character: Character, added: Sequence[AddedPicture]) -> str:
    """Return the numbers of pictures that a character was given."""
    lines = [
        say(
            language,
            _ADDED[(bool(each.code), each.is_new)],
            number=each.number,
            code=code(each.code),
            name=f"**{escape(character.name)}**",
        )
        for each in added
    ]
    numbers = ",".join(str(each.number) for each in added)
    return "\n".join([*lines, "-# " + say(language, "characters.added_next", numbers=code(numbers))])


def removed_text(language: str, removed: RemovedPicture) -> str:
    """Return what is said of a picture that was taken from a character."""
    names = {"number": removed.number, "name": f"**{escape(removed.character.name)}**"}
    text = say(language, "characters.removed", **names)
    if not removed.was_default:
        return text
    return f"{text} {say(language, 'characters.removed_default', version=removed.character.version)}"


def references_text(language: str, view: CharacterView) -> str:
    """Return the pictures of a character, one a line."""
    character = view.character
    about = {"name": escape(character.name), "version": character.version, "code": code(character.code)}
    lines = [f"### {say(language, 'characters.heading', **about)}"]
    if not view.pictures:
        return "\n".join([*lines, say(language, "characters.no_pictures")])
    lines += [_reference_line(language, character, each) for each in view.pictures]
    return clip_lines(lines, MOST_TEXT - 200, language)


def _reference_line(language: str, character: Character, picture: CharacterPicture) -> str:
    made = f" · {say(language, 'characters.picture_made')}" if picture.is_made else ""
    is_default = picture.number in character.reference_numbers
    default = f" · {say(language, 'characters.picture_default')}" if is_default else ""
    return f"- {_picture_text(language, picture)}{made}{default}"


def shared_text(language: str, character: Character, target: ShareTarget, *, is_end: bool) -> str:
    """Return what is said of a character that is shared, or not any more."""
    names = {"name": f"**{escape(character.name)}**", "whom": _whom(language, target)}
    if not is_end:
        return say(language, "characters.shared", **names)
    return say(language, "characters.shared_no_more" if character.is_own else "characters.left", **names)


def _whom(language: str, target: ShareTarget) -> str:
    if target.is_server:
        return say(language, "characters.this_server")
    return f"<@{target.id}>"


def shares_text(language: str, targets: Sequence[ShareTarget], guild_id: int | None) -> str:
    """Return with whom a character is shared, "" where with nobody; other servers are counted."""
    servers = [each.id for each in targets if each.is_server]
    parts = [f"<@{each.id}>" for each in targets if not each.is_server]
    if guild_id in servers:
        parts.insert(0, say(language, "characters.this_server"))
    others = len([each for each in servers if each != guild_id])
    if others:
        parts.append(say(language, "characters.other_servers", count=others))
    return say(language, "characters.shared_with", whom=", ".join(parts)) if parts else ""


def copied_text(language: str, character: Character) -> str:
    """Return what is said of a copy."""
    about = {"name": f"**{escape(character.name)}**", "code": code(character.code)}
    return say(language, "characters.copied", **about)


def exported_text(language: str, exported: ExportedCharacter) -> str:
    """Return what is said of a character's file."""
    text = say(language, "characters.exported", name=f"**{escape(exported.character.name)}**")
    if not exported.left_out:
        return text
    return f"{text}\n{_numbers_text(language, 'characters.export_left_out', exported.left_out)}"


def help_text(language: str) -> str:
    """Return the guidance on descriptions and references."""
    parts = ("heading", "description", "features", "references", "scenes", "models", "versions", "sharing")
    return "\n\n".join(say(language, f"character_help.{part}") for part in parts)
