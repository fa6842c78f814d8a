"""What ModelsLab's flux_headshot takes, and its refusals: every broken rule in the vendor's own words.

*Source:* docs.modelslab.com: enterprise-api/flux-headshot/make-gen, image-editing/flux-headshot and its OpenAPI file,
error-codes (the sentences). Numbers may be texts there ("1024"), a seed may be null.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playground.providers.desk import Desk
from playground.providers.references import BadReferenceError, Reference, read_reference

FIELDS: Final = frozenset(
    {
        "key", "prompt", "negative_prompt", "face_image", "width", "height", "num_inference_steps",
        "guidance_scale", "seed", "base64", "webhook", "track_id",
    }
)  # fmt: skip
"""The documented fields; `negative_prompt` only in examples."""

CLIENT_FIELDS: Final = frozenset({"s_scale", "samples", "safety_checker", "safety_checker_type", "style"})
"""What the vendor's own Python client sends with its defaults; taken and not looked at."""

SMALLEST_SIDE: Final = 256
_NUMBER: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_WEBHOOK: Final = re.compile(r"https://\S+|http://(127\.0\.0\.1|localhost)(:[0-9]+)?/\S*")
_TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}


class RefusedError(Exception):
    """A request that is refused: the HTTP status, the sentence, and further fields of the body."""

    def __init__(self, status: int, message: str, **more: int) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.more = more


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked order. `seed` is None for a random one; sides in px."""

    prompt: str
    negative_prompt: str
    face: Reference
    width: int
    height: int
    num_inference_steps: int
    guidance_scale: float
    seed: int | None
    is_base64: bool
    webhook: str | None
    track_id: str | int | None


async def check(desk: Desk, body: Mapping[str, Any], longest_side: int) -> Wanted:
    """Return what is wanted. Raises RefusedError for the first broken rule."""
    unknown = sorted(set(body) - FIELDS - CLIENT_FIELDS)
    if unknown:
        raise RefusedError(400, f"{unknown[0]} is not a valid parameter")
    prompt = _text(body, "prompt", needed=True)
    is_base64 = _flag(body, "base64")
    face = await _face(desk, _text(body, "face_image", needed=True), is_base64=is_base64)
    return Wanted(
        prompt=prompt,
        negative_prompt=_text(body, "negative_prompt"),
        face=face,
        width=_side(body, "width", face.width, longest_side),
        height=_side(body, "height", face.height, longest_side),
        num_inference_steps=_whole(body, "num_inference_steps", 1, 26, 20),
        guidance_scale=_number(body, "guidance_scale", 1, 10, 7.5),
        seed=_seed(body),
        is_base64=is_base64,
        webhook=_webhook(body),
        track_id=_track_id(body),
    )


def _text(body: Mapping[str, Any], name: str, *, needed: bool = False) -> str:
    value = body.get(name)
    if value is None or value == "":
        if needed:
            raise RefusedError(400, f"{name} is required")
        return ""
    if not isinstance(value, str):
        raise RefusedError(400, f"{name} must be a string")
    return value


def _flag(body: Mapping[str, Any], name: str) -> bool:
    value = body.get(name)
    truth = _TRUTHS.get(value.lower()) if isinstance(value, str) else value
    if value is not None and not isinstance(truth, bool):
        raise RefusedError(400, f"{name} must be a boolean")
    return bool(truth)


def _number(body: Mapping[str, Any], name: str, low: float, high: float, default: float) -> float:
    value = body.get(name)
    if value is None:
        return default
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number and not (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise RefusedError(400, f"{name} must be a number")
    number = float(value) if isinstance(value, str) else value
    # Before it becomes a float: JSON has whole numbers that are too long for one.
    if not low <= number <= high:
        raise RefusedError(400, f"{name} must be between {low} and {high}")
    return float(number)


def _whole(body: Mapping[str, Any], name: str, low: int, high: int, default: int) -> int:
    number = _number(body, name, low, high, default)
    if number % 1:
        raise RefusedError(400, f"{name} must be an integer")
    return int(number)


def _side(body: Mapping[str, Any], name: str, of_face: int, longest: int) -> int:
    """Return a side; without one the photo's counts, cut to what is allowed."""
    default = min(max(of_face // 8 * 8, SMALLEST_SIDE), longest)
    side = _whole(body, name, SMALLEST_SIDE, longest, default)
    if side % 8:
        raise RefusedError(400, f"{name} must be divisible by 8")
    return side


def _seed(body: Mapping[str, Any]) -> int | None:
    seed = body.get("seed")
    if seed is None:
        return None
    if isinstance(seed, str) and _WHOLE.fullmatch(seed):
        seed = int(seed)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
        raise RefusedError(400, "seed must be an integer")
    return seed


def _webhook(body: Mapping[str, Any]) -> str | None:
    webhook = _text(body, "webhook")
    if webhook and not _WEBHOOK.fullmatch(webhook):
        raise RefusedError(400, "webhook must be a valid https URL")
    return webhook or None


def _track_id(body: Mapping[str, Any]) -> str | int | None:
    track_id = body.get("track_id")
    if track_id is not None and (isinstance(track_id, bool) or not isinstance(track_id, str | int)):
        raise RefusedError(400, "track_id must be an integer")
    return track_id


async def _face(desk: Desk, image: str, *, is_base64: bool) -> Reference:
    is_address = image.startswith(("http://", "https://"))
    if not is_address and not is_base64:
        raise RefusedError(400, "face_image must be a valid URL, or base64 must be true")
    try:
        return await read_reference(desk, image)
    except BadReferenceError:
        text = "Unable to fetch image from provided URL" if is_address else "face_image must be a valid image"
        raise RefusedError(400, text) from None
