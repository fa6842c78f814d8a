"""BFL's tasks: what one is, how large its picture gets, what it costs, and how it looks when asked after."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from playground.providers.bfl_fields import MOST_PIXELS, PIXELS_PER_MEGAPIXEL, size_of
from playground.providers.bfl_models import Json, Model
from playground.providers.pace import Work

Size = tuple[int, int]

SQUARE: Final[Size] = (1024, 1024)
_EDGE: Final = 16
_LEAST_SIDE: Final = 64


@dataclass(slots=True)
class Task:
    """One accepted order. `status` is "" while it is being painted; the rest of the answer belongs to the end."""

    id: str
    key: str
    model: Model
    values: Mapping[str, Json]
    references: Sequence[bytes]
    size: Size
    cost: float
    work: Work
    is_regional: bool
    started_s: float
    status: str = ""
    result: dict[str, Json] | None = None
    details: dict[str, Json] | None = None

    @property
    def prompt(self) -> str:
        """Return the prompt, "" where there is none."""
        return str(self.values.get("prompt") or "")

    @property
    def webhook_url(self) -> str | None:
        """Return the address to call back, None for none."""
        return self.values.get("webhook_url")

    @property
    def megapixels(self) -> dict[str, float]:
        """Return `input_mp` and `output_mp` as the submit's answer has them: two decimal places."""
        put_in = sum(math.prod(size_of(data) or (0, 0)) for data in self.references)
        return {
            "input_mp": round(put_in / PIXELS_PER_MEGAPIXEL, 2),
            "output_mp": round(math.prod(self.size) / PIXELS_PER_MEGAPIXEL, 2),
        }


def picture_size(model: Model, values: Mapping[str, Json], references: Sequence[bytes]) -> Size:
    """Return width and height in px of the picture that a checked body asks for."""
    first = next((size for data in references if (size := size_of(data))), None)
    if model.size == "aspect":
        return _aspect_size(values.get("aspect_ratio"), first, model.megapixels)
    if model.size == "sides or reference":
        width, height = first or SQUARE
        return _fitting(values["width"] or width, values["height"] or height)
    if model.size == "sides":
        return values["width"], values["height"]
    width, height = first or SQUARE
    if model.size == "expand":
        width += (values["left"] or 0) + (values["right"] or 0)
        height += (values["top"] or 0) + (values["bottom"] or 0)
    return _fitting(width, height)


def _aspect_size(aspect: str | None, reference: Size | None, megapixels: float) -> Size:
    width, height = reference or SQUARE
    if aspect:
        width, height = (int(part) for part in aspect.split(":"))
    scale = math.sqrt(megapixels * SQUARE[0] * SQUARE[1] / (width * height))
    return _fitting(width * scale, height * scale)


def _fitting(width: float, height: float) -> Size:
    """Return a size of at most four megapixels, in steps of 16 px."""
    scale = min(1.0, math.sqrt(MOST_PIXELS / (width * height)))
    sides = (max(int(side * scale) // _EDGE * _EDGE, _LEAST_SIDE) for side in (width, height))
    return next(sides), next(sides)


def cost_of(model: Model, size: Size, references: Sequence[bytes]) -> float:
    """Return the credits: first megapixel, further ones, and those put in, each as many as were started."""
    put_in = sum(_started(size_of(data) or (0, 0)) for data in references)
    prices = model.prices
    return round(
        prices.picture + (_started(size) - 1) * prices.further_mp + put_in * prices.input_mp,
        2,
    )


def _started(size: Size) -> int:
    return math.ceil(math.prod(size) / (SQUARE[0] * SQUARE[1]))


def shown(task: Task, *, says_reasoning: bool) -> dict[str, Json]:
    """Return a task as ResultResponse; newer models say Reasoning and Generating where others say Pending."""
    part = task.work.fraction()
    running = "Pending"
    if says_reasoning and part >= 0.3:
        running = "Reasoning" if part < 0.6 else "Generating"
    answer = {
        "id": task.id,
        "status": task.status or running,
        "result": task.result,
        "progress": None if task.status else round(part, 2),
        "details": task.details,
        "preview": None,
    }
    # Not in the OpenAPI, but seen on finished tasks.
    return answer | {"cost": task.cost} if task.status == "Ready" else answer


def not_found(task_id: str) -> dict[str, Json]:
    """Return the ResultResponse of a task that this host does not know."""
    nothing = dict.fromkeys(("result", "progress", "details", "preview"))
    return {"id": task_id, "status": "Task not found", **nothing}


def webhook_body(task: Task, at_s: float) -> dict[str, Json]:
    """Return what is called back. *Source:* the vendor's skill texts only; not in its OpenAPI."""
    stamp = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if task.status == "Ready" and task.result is not None:
        result = {name: task.result[name] for name in ("sample", "prompt", "seed")}
        return {"id": task.id, "status": "Ready", "result": result, "timestamp": stamp}
    text = "The prompt violated content policy" if "Moderated" in task.status else "Generation failed"
    code = "content_policy_violation" if "Moderated" in task.status else "generation_failed"
    return {"id": task.id, "status": task.status, "error": code, "message": text, "timestamp": stamp}
