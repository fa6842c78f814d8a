"""The components there are, with the limits of their fields and what may stand where.

*Source:* Discord's component reference (Components V2); the OpenAPI description for lengths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from playground.discord.rules.fields import CHANNEL_TYPES, FILE_TYPES, Field

ROW, BUTTON, SELECT, TEXT_INPUT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = range(1, 9)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = range(9, 15)
CONTAINER, LABEL, UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23
SELECTS = frozenset({SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT})
CHOOSING = SELECTS | {UPLOAD, RADIO_GROUP, CHECKBOX_GROUP}

TOP_LEGACY = frozenset({ROW})
TOP_V2 = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
TOP_MODAL = frozenset({ROW, TEXT, LABEL})
IN_LABEL = SELECTS | {TEXT_INPUT, UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}

LINK_STYLE, PREMIUM_STYLE = 5, 6
V2_FLAG = 1 << 15

_CUSTOM_ID = Field("string", required=True, low=1, high=100)
_SELECT = {
    "custom_id": _CUSTOM_ID,
    "placeholder": Field("string", high=150),
    "min_values": Field("integer", low=0, high=25),
    "max_values": Field("integer", low=1, high=25),
    "disabled": Field("boolean"),
    "required": Field("boolean"),
    "default_values": Field("list", high=25),
}
_OPTIONS_GROUP = {"custom_id": _CUSTOM_ID, "required": Field("boolean")}
OPTION = {
    "label": Field("string", required=True, low=1, high=100),
    "value": Field("string", required=True, low=1, high=100),
    "description": Field("string", high=100),
    "emoji": Field("object"),
    "default": Field("boolean"),
}
MEDIA = {"url": Field("string", required=True, low=1, high=2048)}
GALLERY_ITEM = {
    "media": Field("object", required=True),
    "description": Field("string", low=1, high=1024),
    "spoiler": Field("boolean"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of component: fields, and for those that hold others which, how many, and under which key."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    inside: frozenset[int] = frozenset()
    accessory: frozenset[int] = frozenset()
    wrapped: frozenset[int] = frozenset()


KINDS = {
    ROW: Kind({"components": Field("list", required=True, low=1, high=5)}, inside=SELECTS | {BUTTON}),
    BUTTON: Kind(
        {
            "style": Field("integer", required=True, low=1, high=6),
            "label": Field("string", high=80),
            "custom_id": Field("string", low=1, high=100),
            "url": Field("string", low=1, high=512),
            "emoji": Field("object"),
            "disabled": Field("boolean"),
        }
    ),
    SELECT: Kind(_SELECT | {"options": Field("list", required=True, low=1, high=25)}),
    TEXT_INPUT: Kind(
        {
            "custom_id": _CUSTOM_ID,
            "style": Field("integer", required=True, low=1, high=2),
            "label": Field("string", low=1, high=45),
            "min_length": Field("integer", low=0, high=4000),
            "max_length": Field("integer", low=1, high=4000),
            "value": Field("string", high=4000),
            "placeholder": Field("string", high=100),
            "required": Field("boolean"),
        }
    ),
    USER_SELECT: Kind(_SELECT),
    ROLE_SELECT: Kind(_SELECT),
    MENTIONABLE_SELECT: Kind(_SELECT),
    CHANNEL_SELECT: Kind(_SELECT | {"channel_types": CHANNEL_TYPES}),
    SECTION: Kind(
        {
            "components": Field("list", required=True, low=1, high=3),
            "accessory": Field("object", required=True),
        },
        inside=frozenset({TEXT}),
        accessory=frozenset({BUTTON, THUMBNAIL}),
    ),
    TEXT: Kind({"content": Field("string", required=True, low=1, high=4000)}),
    THUMBNAIL: Kind(GALLERY_ITEM),
    GALLERY: Kind({"items": Field("list", required=True, low=1, high=10)}),
    FILE: Kind({"file": Field("object", required=True), "spoiler": Field("boolean")}),
    SEPARATOR: Kind({"divider": Field("boolean"), "spacing": Field("integer", low=1, high=2)}),
    CONTAINER: Kind(
        {
            "components": Field("list", required=True, low=1, high=40),
            "accent_color": Field("integer", low=0, high=0xFFFFFF),
            "spoiler": Field("boolean"),
        },
        inside=frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR}),
    ),
    LABEL: Kind(
        {
            "label": Field("string", required=True, low=1, high=45),
            "description": Field("string", low=1, high=100),
            "component": Field("object", required=True),
        },
        wrapped=IN_LABEL,
    ),
    UPLOAD: Kind(
        {
            "custom_id": _CUSTOM_ID,
            "min_values": Field("integer", low=0, high=10),
            "max_values": Field("integer", low=1, high=10),
            "required": Field("boolean"),
            "file_types": FILE_TYPES,
        }
    ),
    RADIO_GROUP: Kind(_OPTIONS_GROUP | {"options": Field("list", required=True, low=2, high=10)}),
    CHECKBOX_GROUP: Kind(
        _OPTIONS_GROUP
        | {
            "options": Field("list", required=True, low=1, high=10),
            "min_values": Field("integer", low=0, high=10),
            "max_values": Field("integer", low=1, high=10),
        }
    ),
    CHECKBOX: Kind({"custom_id": _CUSTOM_ID, "default": Field("boolean")}),
}
