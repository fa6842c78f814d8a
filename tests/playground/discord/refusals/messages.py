"""Messages: content, embeds, mentions, files, nonces, references; created, edited, and by an interaction's webhook."""

from tests.playground.discord.refusals.parts import TEXT, V2, row, select, v2
from tests.playground.discord.refusals.row import Row, Upload, bad_bodies, refused

MESSAGE = "Message resource"
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
GALLERY = v2({"type": 12, "items": [{"media": {"url": "attachment://b.png"}}]})

ROWS = (
    *bad_bodies(MESSAGE, "POST", "{lounge}/messages", {
        "content over 2,000": ({"content": "x" * 2001}, "content BASE_TYPE_MAX_LENGTH"),
        "content that is a number": ({"content": 1}, "content STRING_TYPE_CONVERT"),
        "content beside v2": (v2(TEXT, content="x"), f"content {LEGACY}"),
        "embeds beside v2": (v2(TEXT, embeds=[{"title": "x"}]), f"embeds {LEGACY}"),
        "stickers beside v2": (v2(TEXT, sticker_ids=["1"]), f"sticker_ids {LEGACY}"),
        "11 embeds": ({"embeds": [{"title": "x"}] * 11}, "embeds BASE_TYPE_MAX_LENGTH"),
        "embeds over 6,000 together": (
            {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, "embeds MAX_EMBED_SIZE_EXCEEDED",
        ),
        "embed title over 256": ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title BASE_TYPE_MAX_LENGTH"),
        "26 embed fields": (
            {"embeds": [{"fields": [{"name": "a", "value": "b"}] * 26}]}, "embeds.0.fields BASE_TYPE_MAX_LENGTH",
        ),
        "embed field without a value": (
            {"embeds": [{"fields": [{"name": "a"}]}]}, "embeds.0.fields.0.value BASE_TYPE_REQUIRED",
        ),
        "embed picture that was not uploaded": (
            {"embeds": [{"image": {"url": "attachment://a.png"}}]},
            "embeds.0.image.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
        "mentions parsed and listed": (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            "allowed_mentions MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        ),
        "unknown sort of mention": (
            {"content": "x", "allowed_mentions": {"parse": ["cats"]}}, "allowed_mentions.parse.0 BASE_TYPE_CHOICES",
        ),
        "101 users to mention": (
            {"content": "x", "allowed_mentions": {"users": ["1"] * 101}}, "allowed_mentions.users BASE_TYPE_MAX_LENGTH",
        ),
        "attachment without upload": (
            {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]},
            "attachments.0.id MESSAGE_ATTACHMENT_NOT_FOUND",
        ),
        "nonce over 25": ({"content": "x", "nonce": "x" * 26}, "nonce NONCE_TYPE_TOO_LONG"),
        "reply to nothing": (
            {"content": "x", "message_reference": {"message_id": "1"}}, "message_reference REPLIES_UNKNOWN_MESSAGE",
        ),
        "two fields at once": (
            {"content": "x" * 2001, "tts": "loud"}, "content BASE_TYPE_MAX_LENGTH", "tts BOOLEAN_TYPE_CONVERT",
        ),
    }),
    *bad_bodies(MESSAGE, "PATCH", "{own}", {
        "edit to v2 that keeps its content": (v2(TEXT), f"content {LEGACY}"),
        "edit that lists a foreign attachment": (
            {"attachments": [{"id": "1"}]}, "attachments.0.id MESSAGE_ATTACHMENT_NOT_FOUND",
        ),
    }),
    *bad_bodies(MESSAGE, "PATCH", "{shown}", {
        "v2 taken back by an edit": ({"flags": 0, "content": "x"}, f"content {LEGACY}"),
        "legacy row of a label": (
            {"components": [row(select(options=[{"label": "x" * 101, "value": "v"}]))]},
            "components.0.components.0.options.0.label BASE_TYPE_BAD_LENGTH",
        ),
    }),
    *bad_bodies(MESSAGE, "PATCH", "{deferred}/messages/@original", {
        "deferred answer with a picture that is missing": (
            GALLERY, "components.0.items.0.media.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
        ),
    }),
    *bad_bodies(MESSAGE, "POST", "{webhook}", {
        "follow-up over 2,000": ({"content": "x" * 2001}, "content BASE_TYPE_MAX_LENGTH"),
    }),
    Row(
        "gallery of another file than the one sent", MESSAGE, "POST", "{lounge}/messages", GALLERY,
        errors=("components.0.items.0.media.url UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",),
        uploads=(Upload("a.png"),),
    ),
    Row(
        "11 files", MESSAGE, "POST", "{lounge}/messages", {"content": "x"},
        errors=("attachments BASE_TYPE_MAX_LENGTH",), uploads=tuple(Upload(f"{index}.txt") for index in range(11)),
    ),
    Row(
        "file over 10 MiB", "Uploading Files", "POST", "{lounge}/messages", {"content": "x"}, 413, 40005,
        uploads=(Upload("a.bin", 10 * 1024 * 1024 + 1),),
    ),
    Row(
        "request over 25 MiB", MESSAGE, "POST", "{lounge}/messages", {"content": "x"}, 413, 40005,
        uploads=tuple(Upload(f"{index}.bin", 9 * 1024 * 1024) for index in range(3)),
    ),
    Row(
        "file over 10 MiB for a deferred answer", "Uploading Files", "PATCH", "{deferred}/messages/@original", {}, 413,
        40005, uploads=(Upload("a.bin", 10 * 1024 * 1024 + 1),),
    ),
    *refused(MESSAGE, 400, 50006, {
        "nothing in it": ("POST", "{lounge}/messages", {"content": ""}),
        "nothing but a flag": ("POST", "{lounge}/messages", {"flags": V2}),
        "nothing left by an edit": ("PATCH", "{own}", {"content": ""}),
        "follow-up with nothing": ("POST", "{webhook}", {}),
    }),
    *refused("JSON error codes", 400, 50081, {
        "sticker of no guild": ("POST", "{lounge}/messages", {"sticker_ids": ["1"]}),
    }),
)  # fmt: skip
