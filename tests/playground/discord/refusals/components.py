"""Components of messages: what may stand where, how much of it, and which fields it needs."""

from tests.playground.discord.refusals.parts import (
    BUTTON,
    OPTION,
    PICTURE,
    TEXT,
    chooser,
    options,
    row,
    select,
    v2,
)
from tests.playground.discord.refusals.row import bad_bodies

COMPONENTS = "Component Reference"
BUTTON_AT = "components.0.components.0"

ROWS = (
    *bad_bodies(COMPONENTS, "POST", "{lounge}/messages", {
        "v2 component without the flag": ({"components": [TEXT]}, "components.0.type BASE_TYPE_CHOICES"),
        "button at the top": (v2(BUTTON), "components.0.type BASE_TYPE_CHOICES"),
        "unknown component": (v2({"type": 99}), "components.0.type BASE_TYPE_CHOICES"),
        "text input in a message": (
            v2(row({"type": 4, "style": 1, "custom_id": "t"})), f"{BUTTON_AT}.type BASE_TYPE_CHOICES",
        ),
        "label in a message": (
            v2({"type": 18, "label": "l", "component": select()}), "components.0.type BASE_TYPE_CHOICES",
        ),
        "41 components, nested ones counted": (
            v2({"type": 17, "components": [TEXT] * 40}), "components COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
        ),
        "4,001 characters over two texts": (
            v2({"type": 10, "content": "x" * 4000}, TEXT), "components COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
        ),
        "empty text": (v2({"type": 10, "content": ""}), "components.0.content BASE_TYPE_BAD_LENGTH"),
        "container in a container": (
            v2({"type": 17, "components": [{"type": 17, "components": [TEXT]}]}),
            "components.0.components.0.type BASE_TYPE_CHOICES",
        ),
        "colour above white": (
            v2({"type": 17, "components": [TEXT], "accent_color": 0x1000000}),
            "components.0.accent_color NUMBER_TYPE_MAX",
        ),
        "same custom id twice": (
            v2(row(BUTTON), row(BUTTON)), "components.1.components.0.custom_id COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        "same id twice": (v2(TEXT | {"id": 4}, TEXT | {"id": 4}), "components.1.id COMPONENT_ID_DUPLICATED"),
        "id of more than 32 bits": (v2(TEXT | {"id": 1 << 31}), "components.0.id NUMBER_TYPE_MAX"),
        "custom id over 100": (
            v2(row(BUTTON | {"custom_id": "x" * 101})), f"{BUTTON_AT}.custom_id BASE_TYPE_BAD_LENGTH",
        ),
        "label over 80": (v2(row(BUTTON | {"label": "x" * 81})), f"{BUTTON_AT}.label BASE_TYPE_MAX_LENGTH"),
        "button without a label": (
            v2(row({"type": 2, "style": 1, "custom_id": "a"})),
            f"{BUTTON_AT}.label BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED",
        ),
        "button without a custom id": (
            v2(row({"type": 2, "style": 1, "label": "x"})),
            f"{BUTTON_AT}.custom_id BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
        ),
        "button with custom id and address": (
            v2(row(BUTTON | {"style": 5, "url": "https://x.invalid"})),
            f"{BUTTON_AT}.custom_id BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
        ),
        "unknown style": (v2(row(BUTTON | {"style": 7})), f"{BUTTON_AT}.style NUMBER_TYPE_MAX"),
        "emoji that is none": (
            v2(row(BUTTON | {"emoji": {"name": "party"}})), f"{BUTTON_AT}.emoji.name COMPONENT_INVALID_EMOJI",
        ),
        "custom emoji of nobody": (
            v2(row(BUTTON | {"emoji": {"name": "party", "id": "1"}})), f"{BUTTON_AT}.emoji.id COMPONENT_INVALID_EMOJI",
        ),
        "link button without an address": (
            v2(row({"type": 2, "style": 5, "label": "x"})), f"{BUTTON_AT}.url BASE_TYPE_REQUIRED",
        ),
        "link button with a script": (
            v2(row({"type": 2, "style": 5, "label": "x", "url": "javascript:x"})),
            f"{BUTTON_AT}.url URL_TYPE_INVALID_SCHEME",
        ),
        "link address over 512": (
            v2(row({"type": 2, "style": 5, "label": "x", "url": "https://x.invalid/" + "x" * 500})),
            f"{BUTTON_AT}.url BASE_TYPE_BAD_LENGTH",
        ),
        "six buttons in a row": (
            v2(row(*[BUTTON | {"custom_id": str(index)} for index in range(6)])),
            "components.0.components BASE_TYPE_BAD_LENGTH",
        ),
        "empty row": (v2(row()), "components.0.components BASE_TYPE_BAD_LENGTH"),
        "select beside a button": (
            v2(row(BUTTON, select())), "components.0.components COMPONENT_LAYOUT_WIDTH_EXCEEDED",
        ),
        "26 options": (v2(row(select(options=options(26)))), f"{BUTTON_AT}.options BASE_TYPE_BAD_LENGTH"),
        "same option twice": (
            v2(row(select(options=[OPTION, OPTION]))),
            f"{BUTTON_AT}.options.1 SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        "more values than options": (v2(row(select(max_values=2))), f"{BUTTON_AT}.max_values NUMBER_TYPE_MAX"),
        "at least more values than at most": (
            v2(row(chooser(5, min_values=3, max_values=2))), f"{BUTTON_AT}.min_values NUMBER_TYPE_MAX",
        ),
        "two presets where one fits": (
            v2(row(select(options=options(2, default=True)))), f"{BUTTON_AT}.options BASE_TYPE_MAX_LENGTH",
        ),
        "placeholder over 150": (
            v2(row(select(placeholder="x" * 151))), f"{BUTTON_AT}.placeholder BASE_TYPE_MAX_LENGTH",
        ),
        "channel as preset of a user select": (
            v2(row(chooser(5, default_values=[{"type": "channel", "id": "1"}]))),
            f"{BUTTON_AT}.default_values.0.type BASE_TYPE_CHOICES",
        ),
        "two presets of a role select for one": (
            v2(row(chooser(6, default_values=[{"type": "role", "id": "1"}, {"type": "role", "id": "2"}]))),
            f"{BUTTON_AT}.default_values BASE_TYPE_BAD_LENGTH",
        ),
        "preset without an id": (
            v2(row(chooser(7, default_values=[{"type": "role"}]))),
            f"{BUTTON_AT}.default_values.0.id BASE_TYPE_REQUIRED",
        ),
        "unknown channel type": (
            v2(row(chooser(8, channel_types=[0, 77]))), f"{BUTTON_AT}.channel_types.1 BASE_TYPE_CHOICES",
        ),
        "section without accessory": (
            v2({"type": 9, "components": [TEXT]}), "components.0.accessory BASE_TYPE_REQUIRED",
        ),
        "four texts in a section": (
            v2({"type": 9, "components": [TEXT] * 4, "accessory": BUTTON}),
            "components.0.components BASE_TYPE_BAD_LENGTH",
        ),
        "text as accessory": (
            v2({"type": 9, "components": [TEXT], "accessory": TEXT}), "components.0.accessory.type BASE_TYPE_CHOICES",
        ),
        "11 pictures in a gallery": (
            v2({"type": 12, "items": [PICTURE] * 11}), "components.0.items BASE_TYPE_BAD_LENGTH",
        ),
        "empty gallery": (v2({"type": 12, "items": []}), "components.0.items BASE_TYPE_BAD_LENGTH"),
        "alt text over 1,024": (
            v2({"type": 12, "items": [PICTURE | {"description": "x" * 1025}]}),
            "components.0.items.0.description BASE_TYPE_BAD_LENGTH",
        ),
        "picture that was not uploaded": (
            v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}),
            "components.0.items.0.media.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        "picture from a disk": (
            v2({"type": 12, "items": [{"media": {"url": "file:///a.png"}}]}),
            "components.0.items.0.media.url URL_TYPE_INVALID_SCHEME",
        ),
        "thumbnail address over 2,048": (
            v2({"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "https://" + "x" * 2041}}}),
            "components.0.accessory.media.url BASE_TYPE_BAD_LENGTH",
        ),
        "file that was not uploaded": (
            v2({"type": 13, "file": {"url": "attachment://a.txt"}}),
            "components.0.file.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        "separator of unknown spacing": (v2({"type": 14, "spacing": 3}), "components.0.spacing NUMBER_TYPE_MAX"),
        "six legacy rows": (
            {"components": [row(BUTTON | {"custom_id": str(index)}) for index in range(6)]},
            "components BASE_TYPE_MAX_LENGTH",
        ),
    }),
)  # fmt: skip
