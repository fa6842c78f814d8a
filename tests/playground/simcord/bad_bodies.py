"""Bodies of messages that Discord refuses, by what is wrong with them; discord.py would not build most of them."""

from collections.abc import Mapping
from typing import Any

V2 = 1 << 15
TEXT: dict[str, Any] = {"type": 10, "content": "words"}


def _button(**more: object) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Press", "custom_id": "press", **more}


def _row(*children: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(children)}


def _v2(*components: dict[str, Any]) -> dict[str, Any]:
    return {"flags": V2, "components": list(components)}


BAD_MESSAGES: Mapping[str, dict[str, Any]] = {
    "nothing at all": {},
    "2,001 characters": {"content": "a" * 2001},
    "eleven embeds": {"embeds": [{"title": "one"}] * 11},
    "an embed's title too long": {"embeds": [{"title": "a" * 257}]},
    "V2 with content": _v2(TEXT) | {"content": "words"},
    "V2 with an embed": _v2(TEXT) | {"embeds": [{"title": "one"}]},
    "V2 without components": _v2(),
    "a V2 component without the flag": {"components": [TEXT]},
    "41 components": _v2(*[TEXT] * 41),
    "4,001 characters of text": _v2(TEXT | {"content": "a" * 3000}, TEXT | {"content": "a" * 1001}),
    "six rows": {"content": "words", "components": [_row(_button(custom_id=str(one))) for one in range(6)]},
    "six buttons in a row": {
        "content": "words",
        "components": [_row(*(_button(custom_id=str(one)) for one in range(6)))],
    },
    "the same custom id twice": {"content": "words", "components": [_row(_button(), _button())]},
    "a link button with a custom id": {
        "content": "words",
        "components": [_row(_button(style=5, url="https://example.org/"))],
    },
    "a button without custom id": {"content": "words", "components": [_row({"type": 2, "style": 1, "label": "x"})]},
    "a select without options": {
        "content": "words",
        "components": [_row({"type": 3, "custom_id": "choose", "options": []})],
    },
    "a select whose least is above its most": {
        "content": "words",
        "components": [_row({"type": 5, "custom_id": "choose", "min_values": 3, "max_values": 2})],
    },
    "eleven pictures in a gallery": _v2(
        {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}}] * 11}
    ),
    "a picture that was not uploaded": _v2({"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}),
    "a section without accessory": _v2({"type": 9, "components": [TEXT]}),
    "a container in a container": _v2({"type": 17, "components": [{"type": 17, "components": [TEXT]}]}),
    "an unknown kind of mention": {"content": "words", "allowed_mentions": {"parse": ["people"]}},
    "users both listed and parsed": {
        "content": "words",
        "allowed_mentions": {"parse": ["users"], "users": ["100000000000000000"]},
    },
}  # fmt: skip
