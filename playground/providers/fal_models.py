"""What fal's models take, as tables of data.

*Source:* `src/types/endpoints.d.ts` of @fal-ai/client 1.10.1 and the stored model pages; where they give no range, the
one in the comment is assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "flag", "choice", "aspect", "size", "picture", "pictures"]

IMAGE_SIZES: Mapping[str, tuple[int, int]] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
"""*Source:* the model pages: `image_size` is one of these or `{width, height}`."""

ASPECTS = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `least` and `most` bound a number, the sides of a size, or how many pictures a list has."""

    kind: Kind
    default: Any = None
    is_required: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One endpoint.

    `bills` is what one billable unit is. `enlarges` marks an upscaler, whose answer has `image` instead of `images`.
    `area_px` is about how many pixels an aspect gives.
    """

    fields: Mapping[str, Field]
    bills: Literal["picture", "megapixel"] = "megapixel"
    enlarges: bool = False
    area_px: int = 1024 * 1024


PROMPT = Field("text", is_required=True)
SEED = Field("integer")
FLAG_OFF = Field("flag", default=False)
FLAG_ON = Field("flag", default=True)
SIZE = Field("size", default="landscape_4_3", least=64, most=4096)
PICTURE = Field("picture")
NEEDED_PICTURE = Field("picture", is_required=True)
FORMAT = Field("choice", default="jpeg", choices=("jpeg", "png"))
NUM_IMAGES = Field("integer", default=1, least=1, most=4)

_EVERY = {"prompt": PROMPT, "seed": SEED, "sync_mode": FLAG_OFF}


def _steps(default: int, most: int = 50) -> Field:
    return Field("integer", default=default, least=1, most=most)


def _guidance(default: float, least: float = 1, most: float = 20) -> Field:
    return Field("number", default=default, least=least, most=most)


def _tolerance(most: int) -> Field:
    return Field("choice", default="2", choices=tuple(str(number) for number in range(1, most + 1)))


def _number(default: float, least: float, most: float) -> Field:
    return Field("number", default=default, least=least, most=most)


_FLUX = {
    **_EVERY,
    "image_size": SIZE,
    "guidance_scale": _guidance(3.5),
    "num_images": NUM_IMAGES,
    "enable_safety_checker": FLAG_ON,
    "output_format": FORMAT,
}

_ULTRA = {
    **_EVERY,
    "aspect_ratio": Field("aspect", default="16:9", choices=ASPECTS),
    "num_images": NUM_IMAGES,
    "output_format": FORMAT,
    "safety_tolerance": _tolerance(6),
    # Gone from the typed schema, still in the documented example request: taken.
    "enable_safety_checker": FLAG_ON,
    "enhance_prompt": FLAG_OFF,
    "raw": FLAG_OFF,
    "image_url": PICTURE,
    "image_prompt_strength": _number(0.1, 0, 1),
}

_PULID = {
    **_EVERY,
    "reference_image_url": NEEDED_PICTURE,
    "image_size": SIZE,
    "num_inference_steps": _steps(20),
    "guidance_scale": _guidance(4, 0),
    "negative_prompt": Field("text", default=""),
    "id_weight": _number(1, 0, 3),  # no range is published
    "start_step": Field("integer", default=0, least=0, most=50),  # no range is published
    "true_cfg": _number(1, 1, 10),  # no range is published
    "max_sequence_length": Field("choice", default="128", choices=("128", "256", "512")),
    "enable_safety_checker": FLAG_ON,
}

_KONTEXT = {
    **_EVERY,
    "image_url": NEEDED_PICTURE,
    "aspect_ratio": Field("aspect", choices=ASPECTS),
    "guidance_scale": _guidance(3.5),
    "num_images": NUM_IMAGES,
    "output_format": FORMAT,
    "safety_tolerance": _tolerance(6),
    "enhance_prompt": FLAG_OFF,
}

_FLUX_2 = {
    **_EVERY,
    "image_size": SIZE,
    "safety_tolerance": _tolerance(5),
    "enable_safety_checker": FLAG_ON,
    "output_format": FORMAT,
}

_CODEFORMER = {
    "image_url": NEEDED_PICTURE,
    "fidelity": _number(0.5, 0, 1),
    "upscale_factor": _number(2, 1, 4),  # no range is published
    "face_upscale": FLAG_ON,
    "aligned": FLAG_OFF,
    "only_center_face": FLAG_OFF,
    "seed": SEED,
}

_CLARITY = {
    "image_url": NEEDED_PICTURE,
    "prompt": Field("text", default="masterpiece, best quality, highres"),
    "negative_prompt": Field("text", default=""),
    "upscale_factor": _number(2, 1, 4),
    "creativity": _number(0.35, 0, 1),
    "resemblance": _number(0.6, 0, 1),
    "guidance_scale": _guidance(4, 0),
    "num_inference_steps": _steps(18),
    "seed": SEED,
    "enable_safety_checker": FLAG_ON,
}

_DEV = {
    **_FLUX,
    "num_inference_steps": _steps(28),
    "acceleration": Field("choice", default="none", choices=("none", "regular", "high")),
}

MODELS: Mapping[str, Model] = {
    "fal-ai/flux-pro/v1.1-ultra": Model(_ULTRA, bills="picture", area_px=2048 * 2048),
    "fal-ai/flux-realism": Model(
        {**_FLUX, "num_inference_steps": _steps(28), "strength": _number(1, 0, 2)}  # strength: no range
    ),
    "fal-ai/flux/dev": Model(_DEV),
    "fal-ai/flux/schnell": Model({**_FLUX, "num_inference_steps": _steps(4, 12)}),
    "fal-ai/flux/dev/image-to-image": Model(
        {
            **{name: field for name, field in _DEV.items() if name != "image_size"},
            "image_url": NEEDED_PICTURE,
            "strength": _number(0.95, 0.01, 1),
            "num_inference_steps": _steps(40),
        }
    ),
    "fal-ai/flux-pulid": Model(_PULID),
    "fal-ai/flux-pro/kontext": Model(_KONTEXT, bills="picture"),
    "fal-ai/flux-2-pro": Model(_FLUX_2),
    "fal-ai/flux-2-pro/edit": Model(
        {
            **_FLUX_2,
            "image_urls": Field("pictures", is_required=True, least=1, most=9),
            "image_size": Field("size", default="auto", choices=("auto",), least=64, most=4096),
        }
    ),
    "fal-ai/codeformer": Model(_CODEFORMER, enlarges=True),
    "fal-ai/clarity-upscaler": Model(_CLARITY, enlarges=True),
}
"""Endpoint -> what it takes. `flux-realism` answers here; the real one may be gone."""


def trimmed(endpoint: str) -> str:
    """Return the part of an endpoint that status, result and cancel use: owner and application without the path.

    *Source:* fal.ai, queue: the path is used only when submitting; `workflows/` and `comfy/` shift it by one.
    """
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in ("workflows", "comfy") else 2])


APPLICATIONS = frozenset(trimmed(endpoint) for endpoint in MODELS)
