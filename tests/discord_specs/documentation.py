"""Where Discord's documentation says otherwise, or more, than its schemas: then the documentation holds.

*Source:* the README of discord/discord-api-spec (integers may come as text; the documentation wins); the reference's
"Uploading Files" (ids as numbers), "Error Messages" (field errors have words for codes), "Rate Limits" (`code` is
optional); the structures named below, of which the fields without a question mark are always there.
"""

from tests.discord_specs.schemas import Json, Value

DIGITS = r"^-?\d+$"
UNIONS = ("oneOf", "anyOf")
MEDIA_CHANNEL = 16  # in "Channel Types", not in the description
TEXT: Json = {"type": "string"}
FIELD_ERROR: Json = {
    "type": "object",
    "properties": {"code": TEXT, "message": TEXT},
    "required": ["code", "message"],
    "additionalProperties": False,
}

# schema of the description: fields that the documentation's structure has without a question mark
ALWAYS = {
    "PrivateApplicationResponse": ["bot_public", "bot_require_code_grant", "event_webhooks_status"],
    "ApplicationCommandInteractionMetadataResponse": ["user"],
    "MessageComponentInteractionMetadataResponse": ["user"],
    "ModalSubmitInteractionMetadataResponse": ["user"],
    "MessageInteractionResponse": ["user"],
    "MessageReferenceResponse": ["message_id"],
}


def corrected(components: Json) -> Json:
    """Return components as the documentation has them, as far as answers go."""
    schemas = components["schemas"]
    inner = schemas["InnerErrors"]
    errors = {**inner["properties"]["_errors"], "items": FIELD_ERROR}
    limited = schemas["RatelimitedResponse"]
    told = {**schemas["Error"], "required": ["message"]}
    changed: Json = {
        name: {**schemas[name], "required": [*schemas[name]["required"], *more]}
        for name, more in ALWAYS.items()
    }
    kinds = schemas["ChannelTypes"]
    changed |= {
        "ChannelTypes": {**kinds, "oneOf": [*kinds["oneOf"], {"const": MEDIA_CHANNEL}]},
        "InnerErrors": {**inner, "properties": {"_errors": errors}},
        "RatelimitedResponse": {**limited, "allOf": [told, *limited["allOf"][1:]]},
    }
    return {**components, "schemas": {**schemas, **changed}}


def lenient(schema: Value) -> Value:
    """Return a schema of requests in which integers may be text, and ids numbers."""
    return _lenient(schema, in_union=False)


def _lenient(node: Value, *, in_union: bool) -> Value:
    if isinstance(node, list):
        return [_lenient(each, in_union=in_union) for each in node]
    if not isinstance(node, dict):
        return node
    changed = {name: _lenient(value, in_union=name in UNIONS) for name, value in node.items()}
    if node.get("format") == "snowflake":
        return {"anyOf": [node, {"type": "integer", "minimum": 0}]}
    kinds = node.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    # a branch of a union stays as it is: beside it there may be one for text
    if "integer" in kinds and "string" not in kinds and not in_union:
        changed |= {"type": [*kinds, "string"], "pattern": DIGITS}
    return changed
