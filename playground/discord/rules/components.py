"""Checks a tree of components: what may stand where, counts over the whole tree, unique ids, attachments that exist.

Limits over the whole tree (40 components nested, 4,000 characters of text) are not in Discord's OpenAPI description;
*Source:* its component reference and discord-api-docs pull request 8562.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from playground.discord.errors import Json, Path, Problems
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.fields import Field, check_field, check_fields
from playground.discord.rules.selects import check_choosing, check_emoji, check_text_input

COUNT_MAX = 40
TEXT_MAX = 4_000
LEGACY_ROWS_MAX = 5
ATTACHMENT_SCHEME = "attachment://"


@dataclass(slots=True)
class Walk:
    """What is counted over one tree; `filenames` are the attachments that may be referenced."""

    problems: Problems
    filenames: Collection[str]
    in_modal: bool = False
    count: int = 0
    text_length: int = 0
    custom_ids: set[str] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)


def check_message_components(
    components: list[Json], *, is_v2: bool, filenames: Collection[str], problems: Problems
) -> None:
    """Note what is wrong with the components of a message."""
    walk = Walk(problems, filenames)
    allowed = kinds.TOP_V2 if is_v2 else kinds.TOP_LEGACY
    if not is_v2 and len(components) > LEGACY_ROWS_MAX:
        problems.add(("components",), "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
    _check_list(components, allowed, ("components",), walk)
    if walk.count > COUNT_MAX:
        text = f"A message can have at most {COUNT_MAX} components, counting nested ones."
        problems.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
    if walk.text_length > TEXT_MAX:
        text = "Total number of characters in all text displays must be 4000 or fewer."
        problems.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)


def check_modal(data: Json, problems: Problems) -> None:
    """Note what is wrong with the data of a modal callback."""
    fields = {
        "title": Field("string", required=True, low=1, high=45),
        "custom_id": Field("string", required=True, low=1, high=100),
        "components": Field("list", required=True, low=1, high=5),
    }
    if check_fields(data, fields, (), problems):
        walk = Walk(problems, (), in_modal=True)
        _check_list(data["components"], kinds.TOP_MODAL, ("components",), walk)


def _check_list(components: list[Json], allowed: frozenset[int], path: Path, walk: Walk) -> None:
    for index, component in enumerate(components):
        _check(component, allowed, (*path, index), walk)


def _check(component: object, allowed: frozenset[int], path: Path, walk: Walk) -> None:
    walk.count += 1
    if not isinstance(component, dict):
        walk.problems.add(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType.")
        return
    kind_number = component.get("type")
    if type(kind_number) is not int or kind_number not in allowed:  # true is no 1
        choices = ", ".join(str(one) for one in sorted(allowed))
        walk.problems.add((*path, "type"), "BASE_TYPE_CHOICES", f"Value must be one of {{{choices}}}.")
        return
    kind = kinds.KINDS[kind_number]
    if not check_fields(component, kind.fields, path, walk.problems):
        return
    _check_identity(component, path, walk)
    if kind_number in _EXTRA:
        _EXTRA[kind_number](component, path, walk)
    inside = (
        kinds.IN_LABEL & {kinds.TEXT_INPUT} if walk.in_modal and kind_number == kinds.ROW else kind.inside
    )
    if inside:
        _check_list(component["components"], inside, (*path, "components"), walk)
    if kind.accessory:
        _check(component["accessory"], kind.accessory, (*path, "accessory"), walk)
    if kind.wrapped:
        _check(component["component"], kind.wrapped, (*path, "component"), walk)


def _check_identity(component: Json, path: Path, walk: Walk) -> None:
    number = component.get("id")
    check_field(number, Field("integer", low=0, high=2**31 - 1), (*path, "id"), walk.problems)
    if isinstance(number, int) and number:
        if number in walk.ids:
            walk.problems.add((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
        walk.ids.add(number)
    custom_id = component.get("custom_id")
    if custom_id is None:
        return
    if custom_id in walk.custom_ids:
        text = "Component custom id cannot be duplicated"
        walk.problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
    walk.custom_ids.add(custom_id)


def _check_row(component: Json, path: Path, walk: Walk) -> None:
    types = [one.get("type") for one in component["components"] if isinstance(one, dict)]
    if len(types) > 1 and any(one != kinds.BUTTON for one in types):
        text = "A row holds up to five buttons or a single select."
        walk.problems.add((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _check_button(button: Json, path: Path, walk: Walk) -> None:
    style, has_id, has_url = button["style"], "custom_id" in button, "url" in button
    if style == kinds.PREMIUM_STYLE:
        if "sku_id" not in button:
            walk.problems.add((*path, "sku_id"), "BASE_TYPE_REQUIRED", "This field is required")
        return
    if style == kinds.LINK_STYLE:
        if not has_url:
            walk.problems.add((*path, "url"), "BASE_TYPE_REQUIRED", "A url is required")
        elif not button["url"].startswith(("http://", "https://", "discord://")):
            text = "Scheme must be one of ('http', 'https', 'discord')."
            walk.problems.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", text)
    elif not has_id:
        walk.problems.add(
            (*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required"
        )
    if has_id and has_url:
        text = "A custom id and url cannot both be specified"
        walk.problems.add((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", text)
    if not button.get("label") and not button.get("emoji"):
        text = "A label or emoji is required"
        walk.problems.add((*path, "label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", text)
    check_emoji(button, path, walk.problems)


def _check_choosing(component: Json, path: Path, walk: Walk) -> None:
    check_choosing(component, path, walk.problems, in_modal=walk.in_modal)


def _check_text_input(component: Json, path: Path, walk: Walk) -> None:
    check_text_input(component, path, walk.problems, in_modal=walk.in_modal)


def _check_text(component: Json, _path: Path, walk: Walk) -> None:
    walk.text_length += len(component["content"])


def _check_gallery(component: Json, path: Path, walk: Walk) -> None:
    for index, item in enumerate(component["items"]):
        where = (*path, "items", index)
        if not isinstance(item, dict):
            walk.problems.add(where, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType.")
        elif check_fields(item, kinds.GALLERY_ITEM, where, walk.problems):
            _check_media(item["media"], (*where, "media"), walk)


def _check_thumbnail(component: Json, path: Path, walk: Walk) -> None:
    _check_media(component["media"], (*path, "media"), walk)


def _check_file(component: Json, path: Path, walk: Walk) -> None:
    where = (*path, "file")
    _check_media(component["file"], where, walk)
    url = component["file"].get("url")
    if isinstance(url, str) and not url.startswith((ATTACHMENT_SCHEME, "http")):
        walk.problems.add(
            (*where, "url"), "UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED", "Must be an attachment:// address."
        )


def _check_media(media: Json, path: Path, walk: Walk) -> None:
    if not check_fields(media, kinds.MEDIA, path, walk.problems):
        return
    url = media["url"]
    if url.startswith(ATTACHMENT_SCHEME):
        check_reference(url, (*path, "url"), walk.filenames, walk.problems)
    elif not url.startswith(("http://", "https://")):
        text = "Scheme must be one of ('http', 'https', 'attachment')."
        walk.problems.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", text)


def check_reference(url: str, path: Path, filenames: Collection[str], problems: Problems) -> None:
    """Note an `attachment://` address that names no file of the message."""
    if url.removeprefix(ATTACHMENT_SCHEME) not in filenames:
        text = "The referenced attachment was not found."
        problems.add(path, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text)


_EXTRA: dict[int, Callable[[Json, Path, Walk], None]] = {
    kinds.ROW: _check_row,
    kinds.BUTTON: _check_button,
    **dict.fromkeys(kinds.CHOOSING, _check_choosing),
    kinds.TEXT_INPUT: _check_text_input,
    kinds.TEXT: _check_text,
    kinds.GALLERY: _check_gallery,
    kinds.THUMBNAIL: _check_thumbnail,
    kinds.FILE: _check_file,
}
