"""The witness over requests and responses finds what is wrong, and only that."""

import pytest

from playground.discord import objects
from playground.discord.errors import bad_field
from playground.discord.world import World
from tests.discord_specs.openapi import OpenApi, Operation
from tests.discord_specs.schemas import Value

CALLBACK = ("POST", "/interactions/1/token/callback")
MESSAGES = ("POST", "/api/v10/channels/1/messages")
ORIGINAL = ("PATCH", "/webhooks/1/token/messages/@original")
COMMANDS = ("PUT", "/applications/1/commands")
TEXT = {"type": 10, "content": "a"}
CONTAINER = {
    "type": 17,
    "components": [TEXT, {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}],
}

GOOD = {
    "a message": (CALLBACK, {"type": 4, "data": {"content": "a"}}),
    "a deferral": (CALLBACK, {"type": 5, "data": {"flags": 64}}),
    "choices": (CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}]}}),
    "an edit with a file": (
        ORIGINAL,
        {"components": [CONTAINER], "attachments": [{"id": 0, "filename": "a.png"}]},
    ),
    "a permission as text": (
        COMMANDS,
        [{"name": "a", "description": "b", "default_member_permissions": "8192"}],
    ),
    "a parameter": (("GET", "/channels/1/messages?limit=50&before=5"), None),
    "a switch": (("POST", f"{CALLBACK[1]}?with_response=1"), {"type": 6}),
}
# what is wrong: the request, and what the witness's line says
BAD = {
    "a missing field": (COMMANDS, [{"description": "b"}], 'at /0: "name" is a required property'),
    "a wrong type": (CALLBACK, {"type": 4, "data": {"content": 5}}, "at /data/content: 5 is not of type"),
    "an unknown callback": (CALLBACK, {"type": 99}, "at /type"),
    "an unknown component": (MESSAGES, {"components": [{"type": 99}]}, "at /components"),
    "a long list": (
        CALLBACK,
        {"type": 8, "data": {"choices": [{"name": "a", "value": "b"}] * 26}},
        "/choices",
    ),
    "a fault within a container": (
        ORIGINAL,
        {"components": [{"type": 17, "components": [TEXT, {"type": 10, "content": 5}]}]},
        "at /components/0/components/1/content: 5 is not of type",
    ),
    "a body where none is known": (("DELETE", "/channels/1/messages/2"), {"a": 1}, "has a body"),
    "no body where one is needed": (COMMANDS, None, "is not of type"),
    "an unknown parameter": (("GET", "/channels/1/messages?sort=1"), None, "query sort=1 is unknown"),
    "a parameter out of range": (("GET", "/channels/1/messages?limit=101"), None, "query limit=101 is not"),
}


def asked(openapi: OpenApi, way: tuple[str, str], body: Value) -> list[str]:
    return openapi.request_problems(found(openapi, *way), way[1], body)


def found(openapi: OpenApi, method: str, path: str) -> Operation:
    operation = openapi.operation(method, path)
    assert operation is not None
    return operation


@pytest.mark.parametrize("case", GOOD)
def test_passes_a_good_request(openapi: OpenApi, case: str) -> None:
    assert asked(openapi, *GOOD[case]) == []


@pytest.mark.parametrize("case", BAD)
def test_names_what_is_wrong_in_a_request(openapi: OpenApi, case: str) -> None:
    way, body, said = BAD[case]
    assert said in asked(openapi, way, body)[0]


def test_prefers_fixed_segments_to_parameters(openapi: OpenApi) -> None:
    assert found(openapi, "GET", "/users/@me").name == "GET /users/@me"
    assert found(openapi, "GET", "/users/1").name == "GET /users/{user_id}"
    assert found(openapi, *ORIGINAL).name.endswith("/messages/@original")


def test_a_path_that_nobody_described_is_an_error(openapi: OpenApi) -> None:
    with pytest.raises(LookupError, match="GET /channels/1/castles is neither"):
        openapi.operation("GET", "/api/v10/channels/1/castles?a=b")


def test_misses_every_required_field_of_an_answer(openapi: OpenApi, world: World) -> None:
    operation = found(openapi, "GET", "/users/@me")
    whole = objects.own_user_object(world.users[world.application("").id])
    assert openapi.response_problems(operation, 200, whole) == []
    for name in (
        "id",
        "username",
        "avatar",
        "discriminator",
        "global_name",
        "flags",
        "mfa_enabled",
        "locale",
    ):
        less = {key: value for key, value in whole.items() if key != name}
        lines = openapi.response_problems(operation, 200, less)
        assert lines == [f'response 200 of GET /users/@me at /: "{name}" is a required property']


def test_judges_answers_by_their_status(openapi: OpenApi) -> None:
    delete = found(openapi, "DELETE", "/channels/1/messages/2")
    refusal = bad_field(("content",), "BASE_TYPE_REQUIRED", "This field is required").body()
    assert openapi.response_problems(delete, 204, None) == []
    assert openapi.response_problems(delete, 400, refusal) == []
    assert openapi.response_problems(delete, 429, {"message": "a", "retry_after": 0.5, "global": False}) == []
    assert openapi.response_problems(delete, 204, {}) != []
    assert openapi.response_problems(delete, 200, None) != []
    assert openapi.response_problems(delete, 400, {"message": "a"}) != []
    assert openapi.response_problems(delete, 400, refusal | {"errors": {"content": {"_errors": [{}]}}}) != []
    assert openapi.response_problems(delete, 429, {"message": "a", "global": False}) != []
