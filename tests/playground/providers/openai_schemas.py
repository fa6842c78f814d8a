"""OpenAI's published answers as JSON schemas, closed: a field that is not published fails.

*Source:* openai-python 3.52.0, types/images_response.py, image_gen_completed_event.py,
image_gen_partial_image_event.py, their twins for edits, model.py; errors: openapi.yaml of openai-openapi.
"""

from typing import Any, Final

import jsonschema_rs

Schema = dict[str, Any]

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
_TEXT_OR_NULL: Final[Schema] = {"type": ["string", "null"]}
_BASE64: Final[Schema] = {"type": "string", "contentEncoding": "base64", "minLength": 100}
_SIZE: Final[Schema] = {"type": "string", "pattern": "^[0-9]+x[0-9]+$"}
_FINISHED_QUALITY: Final[Schema] = {"enum": ["low", "medium", "high", "xhigh", "max"]}


def _closed(properties: Schema, *optional: str) -> Schema:
    """Return the schema of an object with these properties and no others."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


_SPLIT: Final = _closed({"text_tokens": _COUNT, "image_tokens": _COUNT})
_USAGE: Final = _closed(
    {
        "input_tokens": _COUNT,
        "output_tokens": _COUNT,
        "total_tokens": _COUNT,
        "input_tokens_details": _SPLIT,
        "output_tokens_details": _SPLIT,
    },
    "output_tokens_details",
)
_SHOWN: Final[Schema] = {
    "background": {"enum": ["transparent", "opaque"]},
    "output_format": {"enum": ["png", "webp", "jpeg"]},
    "quality": _FINISHED_QUALITY,
    "size": _SIZE,
}
_MODERATION: Final = _closed(
    {
        "moderation_stage": {"enum": ["input", "output"]},
        "categories": {
            "type": "array",
            "items": {"enum": ["sexual", "violence", "self-harm", "harassment", "hate"]},
        },
    }
)
_MODEL: Final = _closed(
    {
        "id": {"type": "string"},
        "object": {"const": "model"},
        "created": _COUNT,
        "owned_by": {"type": "string"},
    }
)


def _event(kind: str, properties: Schema) -> Schema:
    return _closed(
        {"type": {"const": kind}, "created_at": _COUNT, **_SHOWN, "b64_json": _BASE64, **properties}
    )


SCHEMAS: Final[dict[str, Schema]] = {
    "pictures": _closed(
        {
            "created": _COUNT,
            **_SHOWN,
            "data": {"type": "array", "items": _closed({"b64_json": _BASE64}), "minItems": 1},
            "usage": _USAGE,
            "safety_identifier": {"type": "string"},
        },
        "safety_identifier",
    ),
    "error": _closed(
        {
            "error": _closed(
                {
                    "message": {"type": "string"},
                    "type": {"type": "string"},
                    "param": _TEXT_OR_NULL,
                    "code": _TEXT_OR_NULL,
                    "moderation_details": _MODERATION,
                },
                "moderation_details",
            )
        }
    ),
    "models": _closed({"object": {"const": "list"}, "data": {"type": "array", "items": _MODEL}}),
    "model": _MODEL,
    **{
        name: _event(name, {"partial_image_index": _COUNT})
        for name in ("image_generation.partial_image", "image_edit.partial_image")
    },
    **{
        name: _event(name, {"usage": _USAGE})
        for name in ("image_generation.completed", "image_edit.completed")
    },
}

_VALIDATORS: Final = {name: jsonschema_rs.validator_for(schema) for name, schema in SCHEMAS.items()}


def check_answer(name: str, answer: object) -> None:
    """Fail with the place and the rule where an answer does not keep its schema."""
    _VALIDATORS[name].validate(answer)
