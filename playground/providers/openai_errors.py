"""How OpenAI's stand-in refuses: `{"error": {"message", "type", "param", "code"}}` and an id of the request.

*Source:* openapi.yaml of openai-openapi, `Error`. Codes of bad parameters are as clients have met them: no list of them
is published, and neither are the bodies of 403.
"""

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

Json = Any
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID: Final = "x-request-id"
"""The header of every answer that names its request."""

REQUEST_ID_KEY: Final = web.RequestKey("openai_request_id", str)

_INVALID: Final = "invalid_request_error"
_SAFETY: Final = (
    "Your request was rejected by the safety system. If you believe this is an error, contact us at "
    "help.openai.com and include the request ID {request_id}. safety_violations=[sexual]."
)


class RefusedError(Exception):
    """A request that is refused; `{request_id}` in the message is filled in when it is answered."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = _INVALID,
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
        further: Mapping[str, Json] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind
        self.param = param
        self.code = code
        self.headers = dict(headers or {})
        self.further = dict(further or {})

    def body(self, request_id: str) -> dict[str, Json]:
        """Return what is answered."""
        message = self.message.replace("{request_id}", request_id)
        error = {"message": message, "type": self.kind, "param": self.param, "code": self.code}
        return {"error": {**error, **self.further}}


def unknown_parameter(name: str) -> RefusedError:
    """Return the refusal of a field that the endpoint does not have."""
    return RefusedError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")


def missing(name: str) -> RefusedError:
    """Return the refusal of a request without a field that it needs."""
    return RefusedError(
        400, f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter"
    )


def wrong_type(name: str, wanted: str, value: Json) -> RefusedError:
    """Return the refusal of a value of another type."""
    message = f"Invalid type for '{name}': expected {wanted}, but got {_type_of(value)} instead."
    return RefusedError(400, message, param=name, code="invalid_type")


def bad_value(name: str, message: str) -> RefusedError:
    """Return the refusal of a value that is not taken."""
    return RefusedError(400, message, param=name, code="invalid_value")


def bad_image(place: int) -> RefusedError:
    """Return the refusal of a file that is no picture of a kind that is taken; places count from 1."""
    message = f"Invalid image file or mode for image {place}, please check your image file."
    return RefusedError(400, message, param="image", code="invalid_image_file")


def bad_key(key: str | None) -> RefusedError:
    """Return the refusal of a wrong key, or of none."""
    if key is None:
        message = (
            "You didn't provide an API key. You need to provide your API key in an Authorization header "
            "using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
        )
        return RefusedError(401, message)
    shown = f"{key[:8]}{'*' * 8}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    message = f"Incorrect API key provided: {shown}. You can find your API key at platform.openai.com."
    return RefusedError(401, message, code="invalid_api_key")


def model_gone(model: str) -> RefusedError:
    """Return the refusal of a model that is retired, or never was."""
    message = f"The model `{model}` does not exist or you do not have access to it."
    return RefusedError(404, message, param="model", code="model_not_found")


def moderated(stage: str) -> RefusedError:
    """Return the refusal of what was asked for (stage "input") or of the finished picture ("output")."""
    details = {"moderation_stage": stage, "categories": ["sexual"]}
    return RefusedError(
        400,
        _SAFETY,
        kind="image_generation_user_error",
        code="moderation_blocked",
        further={"moderation_details": details},
    )


def rate_limited(wait_s: int = 12) -> RefusedError:
    """Return the refusal of too many pictures a minute."""
    message = (
        f"Rate limit reached for images per min. Limit 5, Used 5, Requested 1. Please try again in {wait_s}s."
    )
    return RefusedError(
        429,
        message,
        kind="input-images",
        code="rate_limit_exceeded",
        headers={"Retry-After": str(wait_s)},
    )


def no_quota() -> RefusedError:
    """Return the refusal of an account without money: 429 as well, and no use to wait for."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return RefusedError(429, message, kind="insufficient_quota", code="insufficient_quota")


def billing_limit() -> RefusedError:
    """Return the refusal of an account that has spent what it may: 400."""
    message = "Billing hard limit has been reached."
    return RefusedError(400, message, kind="billing_limit_user_error", code="billing_hard_limit_reached")


def unverified(model: str) -> RefusedError:
    """Return the refusal of an organisation that has not shown its papers; this body is a guess."""
    return RefusedError(403, f"Your organization must be verified to use the model `{model}`.")


def server_error() -> RefusedError:
    """Return a failure inside the service."""
    message = (
        "The server had an error while processing your request. Sorry about that! You can retry your request, "
        "or contact us at help.openai.com (include the request ID {request_id})."
    )
    return RefusedError(500, message, kind="server_error")


def new_request_id() -> str:
    """Return the id of a request."""
    return f"req_{uuid.uuid4().hex}"


def answering(handler: Handler) -> Handler:
    """Return the handler with its refusals as answers, and an id on every answer."""

    async def answer(request: web.Request) -> web.StreamResponse:
        request_id = request[REQUEST_ID_KEY] = new_request_id()
        try:
            response = await handler(request)
        except RefusedError as error:
            response = web.json_response(error.body(request_id), status=error.status, headers=error.headers)
        if not response.prepared:
            response.headers[REQUEST_ID] = request_id
        return response

    return answer


def _type_of(value: Json) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal number",
        str: "a string",
        list: "an array",
    }
    return names.get(type(value), "an object")
