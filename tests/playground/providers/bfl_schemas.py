"""BFL's published answers as JSON schemas. *Source:* its OpenAPI 0.0.1, components/schemas."""

from typing import Any, Final

import jsonschema_rs

_NUMBER_OR_NULL: Final = {"anyOf": [{"type": "number"}, {"type": "null"}]}
_OBJECT_OR_NULL: Final = {"anyOf": [{"type": "object"}, {"type": "null"}]}
_BILL: Final = {"cost": _NUMBER_OR_NULL, "input_mp": _NUMBER_OR_NULL, "output_mp": _NUMBER_OR_NULL}

STATUSES: Final = ("Task not found", "Pending", "Request Moderated", "Content Moderated", "Ready", "Error")

SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "AsyncResponse": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "polling_url": {"type": "string", "format": "uri"},
            **_BILL,
        },
        "required": ["id", "polling_url"],
        "additionalProperties": False,
    },
    "AsyncWebhookResponse": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "status": {"type": "string"},
            "webhook_url": {"type": "string"},
            **_BILL,
        },
        "required": ["id", "status", "webhook_url"],
        "additionalProperties": False,
    },
    "ResultResponse": {
        "type": "object",
        "properties": {
            "id": {"type": "string"},
            "status": {"enum": list(STATUSES)},
            "result": {},
            "progress": _NUMBER_OR_NULL,
            "details": _OBJECT_OR_NULL,
            "preview": _OBJECT_OR_NULL,
            # Not in the OpenAPI, seen on finished tasks.
            "cost": {"type": "number"},
        },
        "required": ["id", "status"],
        "additionalProperties": False,
    },
    "CreditsResponse": {
        "type": "object",
        "properties": {"credits": {"type": "number"}},
        "required": ["credits"],
        "additionalProperties": False,
    },
    "HTTPValidationError": {
        "type": "object",
        "properties": {
            "detail": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "properties": {
                        "loc": {
                            "type": "array",
                            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                        },
                        "msg": {"type": "string"},
                        "type": {"type": "string"},
                    },
                    "required": ["loc", "msg", "type"],
                },
            }
        },
        "required": ["detail"],
        "additionalProperties": False,
    },
    # The bodies of the other errors are not published; these are its framework's.
    "HTTPException": {
        "type": "object",
        "properties": {"detail": {"type": "string"}},
        "required": ["detail"],
        "additionalProperties": False,
    },
}

_VALIDATORS: Final = {
    name: jsonschema_rs.validator_for(schema, validate_formats=True) for name, schema in SCHEMAS.items()
}


def check_answer(name: str, answer: object) -> None:
    """Raise ValidationError where an answer does not fit its schema."""
    _VALIDATORS[name].validate(answer)
