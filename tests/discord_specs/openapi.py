"""Requests and responses against Discord's OpenAPI description.

Unions are checked as they stand there: `oneOf` means exactly one; `anyOf` stands where Discord's branches overlap, so
that more than one may hold.
*Source:* discord/discord-api-spec, `specs/openapi.json` and its README.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from jsonschema_rs import Validator

from tests.discord_specs.documentation import corrected, lenient
from tests.discord_specs.schemas import Json, Value, compiled, problems_of, read_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
API = re.compile(r"^/api(/v\d+)?(?=/)")
CONTENT_TYPES = ("application/json", "multipart/form-data")  # of the second, `payload_json` is the body
BOOLEANS = {"true": True, "false": False, "True": True, "False": False, "1": True, "0": False}

# (method, pattern): why Discord's description does not have it
NOT_DESCRIBED = {
    ("POST", "/oauth2/token"): "only the OAuth2 page of the documentation has it (RFC 6749)",
    ("POST", "/oauth2/token/revoke"): "only the OAuth2 page of the documentation has it (RFC 7009)",
    ("POST", "/attachments/refresh-urls"): "only the documentation's reference of signed addresses has it",
    ("GET", "/applications/{application_id}/skus"): "only the documentation's SKU resource has it",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path: the description's content, and the parameters of both."""

    name: str
    content: Json
    parameters: tuple[Json, ...]


Described = list[tuple[re.Pattern[str], Operation | None]]


class OpenApi:
    """The description, with the validators that were needed so far."""

    def __init__(self, folder: Path) -> None:
        description = read_schema(folder, "discord-openapi.json")
        self._sent: Json = corrected(description["components"])
        self._asked: Json = lenient(self._sent)
        self._described = _described(description["paths"])
        self._validators: dict[tuple[str, ...], Validator] = {}

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation of a percent-encoded path, None for one that is known not to be described.

        Raises LookupError for any other path.
        """
        plain = API.sub("", path.partition("?")[0])
        for pattern, operation in self._described[method]:
            if pattern.fullmatch(plain):
                return operation
        raise LookupError(f"{method} {plain} is neither in Discord's description nor among its known gaps")

    def request_problems(self, operation: Operation, path: str, body: Value) -> list[str]:
        """Return what is wrong with a request: its parameters and its body (None without one)."""
        found = self._parameter_problems(operation, path)
        schema = _content_schema(operation.content.get("requestBody", {}))
        if schema is not None:
            validator = self._validator((operation.name, "request"), lenient(schema), self._asked)
            found += problems_of(validator, {} if body is None else body, f"request {operation.name}")
        elif body not in (None, {}):
            found.append(f"request {operation.name} has a body, and the description none")
        return found

    def response_problems(self, operation: Operation, status: int, body: Value) -> list[str]:
        """Return what is wrong with a response (None without a body)."""
        responses: Json = operation.content["responses"]
        answer = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        where = f"response {status} of {operation.name}"
        if answer is None:
            return [f"{where}: the description has only {', '.join(responses)}"]
        schema = _content_schema(self._resolved(answer))
        if schema is None:
            return [] if body is None else [f"{where} has a body, and the description none"]
        validator = self._validator((operation.name, str(status)), schema, self._sent)
        return problems_of(validator, body, where)

    def _parameter_problems(self, operation: Operation, path: str) -> list[str]:
        """Judge the query; the path's own parameters are strings, which the pattern has seen."""
        known = {one["name"]: one["schema"] for one in operation.parameters if one["in"] == "query"}
        found = []
        for name, text in parse_qsl(path.partition("?")[2], keep_blank_values=True):
            where = f"request {operation.name}: query {name}={text}"
            if name not in known:
                found.append(f"{where} is unknown")
            elif not any(self._is_valid(operation, name, known[name], each) for each in _readings(text)):
                found.append(f"{where} is not as described")
        return found

    def _is_valid(self, operation: Operation, name: str, schema: Json, value: Value) -> bool:
        return self._validator((operation.name, "query", name), schema, self._asked).is_valid(value)

    def _validator(self, key: tuple[str, ...], schema: Json, components: Json) -> Validator:
        if key not in self._validators:
            self._validators[key] = compiled({"$schema": DIALECT, **schema, "components": components})
        return self._validators[key]

    def _resolved(self, answer: Json) -> Json:
        reference = answer.get("$ref", "")
        return self._sent["responses"][reference.rpartition("/")[2]] if reference else answer


def _described(paths: Json) -> defaultdict[str, Described]:
    """Return the operations and the known gaps by method, fixed segments before parameters."""
    found: defaultdict[str, Described] = defaultdict(list)
    for path, item in sorted(paths.items(), key=lambda each: each[0].count("{")):
        shared = item.get("parameters", [])
        for method, content in item.items():
            if method != "parameters":
                own = (*shared, *content.get("parameters", ()))
                operation = Operation(f"{method.upper()} {path}", content, own)
                found[method.upper()].append((_pattern(path), operation))
    for method, path in NOT_DESCRIBED:
        found[method].append((_pattern(path), None))
    return found


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _content_schema(about: Json) -> Json | None:
    content = about.get("content", {})
    return next((content[kind]["schema"] for kind in CONTENT_TYPES if kind in content), None)


def _readings(text: str) -> list[Value]:
    """Return what a query's text may stand for."""
    found: list[Value] = [text]
    if text in BOOLEANS:
        found.append(BOOLEANS[text])
    if text.lstrip("-").isdecimal():
        found.append(int(text))
    return found
