"""An order at ModelsLab's stand-in, and what the answers say of it."""

import math
from dataclasses import dataclass, field
from typing import Any, Final

from playground.providers.modelslab_checks import Wanted
from playground.providers.pace import Work

ELSEWHERE: Final = "https://modelslab.com/api"
"""What `fetch_result` begins with, wherever one asked: a client must not send its key there."""

TIP: Final = "Get 20x faster image generation using enterprise plan."


@dataclass(frozen=True, slots=True)
class Door:
    """One way in. `path` is what its endpoints have in common, `longest_side` in px.

    `is_old`: it refuses with 200 and spells "messege", as old endpoints do, and its ids are texts. `most_queued` is
    how many orders an account may have there at once, None on a server of one's own.
    """

    path: str
    generate: str
    longest_side: int
    most_queued: int | None = None
    is_old: bool = False

    @property
    def is_enterprise(self) -> bool:
        """Say whether it takes enterprise keys."""
        return "enterprise" in self.path


DOORS: Final = (
    Door("v6/image_editing", "flux_headshot", 1024, most_queued=5),
    Door("v1/enterprise/flux_headshot", "make_gen", 2048, is_old=True),
    # Where the vendor's own Python client goes for enterprise accounts; documented nowhere else.
    Door("v1/enterprise/image_editing", "flux_headshot", 1024),
)


@dataclass(slots=True)
class Order:
    """One order; `status` is "processing", "success" or "failed"."""

    id: int | str
    key: str
    door: Door
    wanted: Wanted
    seed: int
    work: Work
    file_name: str
    link: str
    proxy_link: str
    status: str = "processing"
    message: str = ""
    is_flagged: bool = False
    seconds: float = 0.0
    size: tuple[int, int] = field(default=(0, 0))


def meta_of(order: Order) -> dict[str, Any]:
    """Return what answers repeat of an order: its inputs, the seed that counts and the picture's real size."""
    wanted = order.wanted
    return {
        "base64": "yes" if wanted.is_base64 else "no",
        "face_image": "https://assets.modelslab.ai/generations/" + order.file_name.partition("-0.")[0],
        "file_prefix": order.file_name.partition("-0.")[0],
        "guidance_scale": wanted.guidance_scale,
        "height": order.size[1],
        "negative_prompt": wanted.negative_prompt,
        "num_inference_steps": wanted.num_inference_steps,
        "prompt": wanted.prompt,
        "samples": 1,
        "seed": order.seed,
        "temp": "yes",
        "width": order.size[0],
    }


def first_answer(order: Order) -> dict[str, Any]:
    """Return the answer to the order itself."""
    if order.status == "failed":
        return {"status": "failed", "id": order.id, "message": order.message, "output": []}
    if order.status == "success":
        return {
            "status": "success",
            "generationTime": order.seconds,
            "id": order.id,
            "output": [order.link],
            "proxy_links": [order.proxy_link],
            "meta": meta_of(order),
            **({"nsfw_content_detected": True} if order.is_flagged else {}),
        }
    return {
        "status": "processing",
        "tip": TIP,
        "eta": math.ceil(order.work.duration_s),
        "message": "Try to fetch request after given estimated time",
        "fetch_result": f"{ELSEWHERE}/{order.door.path}/fetch/{order.id}",
        "id": order.id,
        "output": [],
        "future_links": [order.link],
        "proxy_links": [order.proxy_link],
        "meta": meta_of(order),
    }


def fetch_answer(order: Order) -> dict[str, Any]:
    """Return the answer of `fetch`: no seed and no meta, and `output` is a text while there is none."""
    if order.status == "failed":
        return {"status": "failed", "id": order.id, "message": order.message}
    if order.status == "success":
        flag = {"nsfw_content_detected": True} if order.is_flagged else {}
        return {"status": "success", "id": order.id, "output": [order.link], **flag}
    return {"status": "processing", "message": "Your request is being processed", "output": "", "tip": TIP}


def webhook_body(order: Order) -> dict[str, Any]:
    """Return what the webhook says; its id is a text, whatever it was in the answer."""
    ends = {"id": str(order.id), "track_id": order.wanted.track_id}
    if order.status == "failed":
        return {"status": "failed", "message": order.message, **ends}
    done = {"output": [order.link], "generationTime": order.seconds, "meta": meta_of(order)}
    return {"status": "success", **ends, **done}
