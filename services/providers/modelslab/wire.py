"""ModelsLab's wire: what an order looks like, and what its answers say.

Every call is a POST of JSON with the key in it, so a request's body is never shown to anybody.
*Source:* docs.modelslab.com: image-editing/flux-headshot, enterprise-api/flux-headshot/make-gen and fetch, and their
OpenAPI files; fields that only answers seen elsewhere have are marked "unverified".
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.models import MAX_SEED, JsonValue
from services.providers.base import PaintOrder, Reference

JSON_HEADERS: Final = {"Content-Type": "application/json"}

ORDINARY_ENDPOINT: Final = "v6/image_editing/flux_headshot"
"""The door for ordinary keys; the enterprise one is v1/enterprise/flux_headshot/make_gen, for its own keys."""

COUNT_PATH: Final = "v6/processing/request_count"
"""How many orders of the account are in the works: free. *Source:* docs.modelslab.com, general-api/check-requests."""

ENTERPRISE_DETAILS_PATH: Final = "v1/enterprise/flux_headshot/system_details"
"""What the enterprise server says of itself: free, changes nothing. *Source:* enterprise-api, system-details."""

_STATUSES: Final = frozenset({"success", "processing", "error", "failed"})
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ATTEMPT: Final = re.compile(r"/([0-9]{1,18})\.[^/]*$", re.ASCII)
_MOST_LINKS: Final = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, whatever its HTTP status: `status` is the body's, in lower case; "error" for a failure without one.

    `remote_id` is None where there is no usable id. `output`, `proxy_links` (the same pictures elsewhere) and
    `future_links` (where they are going to lie) hold what is not empty. `eta_s` and `retry_after` are as sent.
    """

    http_status: int
    status: str
    remote_id: str | None = None
    output: tuple[str, ...] = field(default=(), repr=False)
    proxy_links: tuple[str, ...] = ()
    future_links: tuple[str, ...] = ()
    eta_s: float | None = None
    seed: int | None = None
    message: str = field(default="", repr=False)
    retry_after: JsonValue = None
    is_flagged: bool = False


def api_address(base: str, path: str) -> str:
    """Return the address of a path of the API, such as "v6/image_editing/flux_headshot"."""
    return f"{base}/api/{path}"


def door_of(endpoint: str) -> str:
    """Return what an endpoint and its `fetch` have in common: "v6/image_editing"."""
    return endpoint.rpartition("/")[0]


def fetch_path(door: str, remote_id: str) -> str:
    """Return where an order is asked after. The id must be one of `id_of`'s: nothing in it can leave the path."""
    return f"{door}/fetch/{remote_id}"


def key_body(key: str) -> bytes:
    """Return the body of every call but an order."""
    return json.dumps({"key": key}).encode()


def order_body(order: PaintOrder, face: Reference, key: str, seed: int) -> bytes:
    """Return the body of an order. Blocks for as long as megabytes of base64 take: call it in a thread.

    The seed is always sent: the answers of `fetch` name none, and a picture without its seed cannot be made again.
    """
    body: dict[str, JsonValue] = {
        **order.parameters,
        "key": key,
        "prompt": order.prompt,
        "face_image": base64.b64encode(face.data).decode(),
        # One flag for both directions: it must be true for a picture that is sent as base64, and asks for base64 back.
        "base64": True,
        "seed": seed,
    }
    if order.webhook_url is not None:
        body["webhook"] = order.webhook_url
        body |= _track_id(order.webhook_url)
    return json.dumps(body).encode()


def _track_id(webhook_url: str) -> dict[str, JsonValue]:
    """Return our attempt's id as `track_id`: a number, as the OpenAPI file has it (examples have texts)."""
    attempt = _ATTEMPT.search(webhook_url)
    return {} if attempt is None else {"track_id": int(attempt[1])}


def read_reply(http_status: int, body: Mapping[str, JsonValue], retry_after: str | None = None) -> Reply:
    """Return what an answer says; fields of an unexpected type count as absent.

    `retry_after` is the header, which counts where the body has no such field.
    """
    meta = body.get("meta")
    status = str(body.get("status", "")).strip().lower()
    return Reply(
        http_status=http_status,
        status="error" if http_status >= 300 and status not in _STATUSES else status,
        remote_id=_remote_id(body),
        output=_texts(body.get("output")),
        proxy_links=_texts(body.get("proxy_links")),
        future_links=_texts(body.get("future_links")),
        eta_s=_number(body.get("eta")),
        seed=_seed(meta.get("seed")) if isinstance(meta, dict) else None,
        message=_message(body),
        retry_after=retry_after if body.get("retry_after") is None else body["retry_after"],
        # Only the answers of other models of theirs are known to have it (unverified here).
        is_flagged=body.get("nsfw_content_detected") is True,
    )


def id_of(value: JsonValue) -> str | None:
    """Return an order's id as text: numbers and texts both occur. None for what can be none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return text if _ID.fullmatch(text) else None


def webhook_id(body: bytes) -> str:
    """Return the id of the order that a call is about. Raises ValueError where the body names none."""
    try:
        value = json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except ValueError:
        raise ValueError("no JSON") from None
    remote_id = id_of(value.get("id")) if isinstance(value, dict) else None
    if remote_id is None:
        raise ValueError("no usable id")
    return remote_id


def _remote_id(body: Mapping[str, JsonValue]) -> str | None:
    """Return the answer's id, else the end of its `fetch_result`, which is good for nothing else.

    `fetch_result` may name another host, and the key must not go there.
    """
    told = body.get("fetch_result")
    from_address = told.rstrip("/").rpartition("/")[2] if isinstance(told, str) else None
    return id_of(body.get("id")) or id_of(from_address)


def _texts(value: JsonValue) -> tuple[str, ...]:
    """Return the texts of a list, or of a single text: `output` is "" while `fetch` waits, and a list elsewhere."""
    values = value if isinstance(value, list) else [value]
    texts = (each.strip() for each in values[:_MOST_LINKS] if isinstance(each, str))
    return tuple(text for text in texts if text)


def _message(body: Mapping[str, JsonValue]) -> str:
    """Return what went wrong in the vendor's words. Older endpoints spell it "messege"; it need not be a text."""
    parts = (part for name in ("message", "messege", "error", "errors") for part in _flat(body.get(name)))
    return "; ".join(dict.fromkeys(parts))[:2_000]


def _flat(value: JsonValue, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value of any shape; `{"width": ["too large"]}` gives "width too large"."""
    if isinstance(value, dict) and depth < 4:
        for name, each in value.items():
            yield from (f"{name} {text}" for text in _flat(each, depth + 1))
    elif isinstance(value, list) and depth < 4:
        for each in value:
            yield from _flat(each, depth + 1)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def _number(value: JsonValue) -> float | None:
    """Return a number, None for anything else and for one that no float can hold."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and isinstance(value, int | float) and abs(value) < 1e9 else None


def _seed(value: JsonValue) -> int | None:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    seed = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
    return seed if 0 <= seed <= MAX_SEED else None
