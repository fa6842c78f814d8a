"""BFL's models as data: the fields that each takes, how large its pictures are, and what they cost.

*Source:* the vendor's OpenAPI 0.0.1 (FluxDevInputs, FluxPro11Inputs, FluxUltraInput, FluxKontextProInputs, Flux2Inputs,
Flux2FlexInputs, Flux2KleinInputs, FluxProFillInputs, FluxProExpandInputs and the finetuned two), where nothing else is
said. There most models let unknown fields pass in silence; here they are refused, so that a misspelt one is noticed.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

Json = Any


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request's body.

    `kind` is "text", "integer", "number", "boolean", "choice", "aspect", "picture" (base64), "picture or address" or
    "address". `low` and `high` are inclusive; `multiple` is what an integer must be a multiple of.
    """

    name: str
    kind: str
    default: Json = None
    low: float | None = None
    high: float | None = None
    multiple: int | None = None
    choices: tuple[str, ...] = ()
    is_required: bool = False
    is_nullable: bool = False


@dataclass(frozen=True, slots=True)
class Prices:
    """Credits (1 credit = $0.01): for a picture, for each further megapixel of it, for each megapixel put in."""

    picture: float
    further_mp: float = 0.0
    input_mp: float = 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """One model. `size` is "sides", "aspect", "sides or reference", "reference" or "expand".

    `megapixels` is how large a picture of an aspect ratio is; `most_active` how many unfinished tasks an account has.
    """

    path: str
    fields: tuple[Field, ...]
    size: str
    prices: Prices
    megapixels: float = 1.0
    most_active: int = 24


SEED = Field("seed", "integer", is_nullable=True)
FORMATS = ("jpeg", "png", "webp")
JPEG = Field("output_format", "choice", "jpeg", choices=FORMATS, is_nullable=True)
PNG = replace(JPEG, default="png")
WEBHOOK: Final = (
    Field("webhook_url", "address", high=2083, is_nullable=True),
    Field("webhook_secret", "text", is_nullable=True),
)
UPSAMPLING = Field("prompt_upsampling", "boolean", default=False)
PROMPT = Field("prompt", "text", is_required=True)
OPTIONAL_PROMPT = Field("prompt", "text", "", is_nullable=True)
ASPECT = Field("aspect_ratio", "aspect", "16:9")
IMAGE_PROMPT = Field("image_prompt", "picture", is_nullable=True)
STRENGTH = Field("image_prompt_strength", "number", 0.1, 0, 1)
FINETUNE_ID = Field("finetune_id", "text", is_required=True)


def _tolerance(most: int) -> Field:
    return Field("safety_tolerance", "integer", 2, 0, most)


def _side(name: str, default: int) -> Field:
    return Field(name, "integer", default, 256, 1440, 32)


def _free_side(name: str) -> Field:
    # The default is 0, "as the reference"; sent, it is below the least. Multiples of 16: the skill texts only.
    return Field(name, "integer", None, 64, multiple=16, is_nullable=True)


def _inputs(most: int) -> tuple[Field, ...]:
    names = ("input_image", *(f"input_image_{place}" for place in range(2, most + 1)))
    return tuple(Field(name, "picture or address", is_nullable=True) for name in names)


_SIDES = (_side("width", 1024), _side("height", 768))
_FREE_SIDES = (_free_side("width"), _free_side("height"))
_DEV = (
    Field("prompt", "text", ""),
    IMAGE_PROMPT,
    *_SIDES,
    Field("steps", "integer", 28, 1, 50, is_nullable=True),
    UPSAMPLING,
    SEED,
    Field("guidance", "number", 3.0, 1.5, 5, is_nullable=True),
    _tolerance(6),
    JPEG,
    *WEBHOOK,
)
_PRO = (OPTIONAL_PROMPT, IMAGE_PROMPT, *_SIDES, UPSAMPLING, SEED, _tolerance(6), JPEG, *WEBHOOK)
_ULTRA = (
    OPTIONAL_PROMPT,
    UPSAMPLING,
    SEED,
    ASPECT,
    _tolerance(6),
    JPEG,
    Field("raw", "boolean", default=False),
    IMAGE_PROMPT,
    STRENGTH,
    *WEBHOOK,
)
_KONTEXT = (
    PROMPT,
    *_inputs(4),
    SEED,
    replace(ASPECT, default=None, is_nullable=True),
    PNG,
    *WEBHOOK,
    UPSAMPLING,
    _tolerance(6),
)
_FLUX_2_END = (SEED, *_FREE_SIDES, _tolerance(5), JPEG, *WEBHOOK)
_FLUX_2 = (PROMPT, *_inputs(8), *_FLUX_2_END)
_KLEIN = (PROMPT, *_inputs(4), *_FLUX_2_END)
_FLEX = (
    *_FLUX_2,
    replace(UPSAMPLING, default=True, is_nullable=True),
    Field("guidance", "number", 5.0, 1.5, 10, is_nullable=True),
    Field("steps", "integer", 50, 1, 50, is_nullable=True),
)
_FILL_BASE = (
    Field("image", "picture", is_required=True),
    OPTIONAL_PROMPT,
    Field("steps", "integer", 50, 15, 50, is_nullable=True),
    replace(UPSAMPLING, is_nullable=True),
    SEED,
    Field("guidance", "number", 60, 1.5, 100, is_nullable=True),
    JPEG,
    _tolerance(6),
    *WEBHOOK,
)
_MASK = Field("mask", "picture", is_nullable=True)
_EDGES = tuple(
    Field(name, "integer", 0, 0, 2048, is_nullable=True) for name in ("top", "bottom", "left", "right")
)

# Prices. *Source:* docs.bfl.ai, pricing; flux-dev's and those of each megapixel are not listed there: assumed.
MODELS: Final = {
    model.path: model
    for model in (
        Model("flux-dev", _DEV, "sides", Prices(2.5)),
        Model("flux-pro-1.1", _PRO, "sides", Prices(4)),
        Model("flux-pro-1.1-ultra", _ULTRA, "aspect", Prices(6), megapixels=4),
        Model("flux-kontext-pro", _KONTEXT, "aspect", Prices(4)),
        Model("flux-kontext-max", _KONTEXT, "aspect", Prices(8), most_active=6),
        Model("flux-2-pro", _FLUX_2, "sides or reference", Prices(3, 1.5, 1.5)),
        Model("flux-2-pro-preview", _FLUX_2, "sides or reference", Prices(3, 1.5, 1.5)),
        Model("flux-2-max", _FLUX_2, "sides or reference", Prices(7, 3, 3)),
        Model("flux-2-flex", _FLEX, "sides or reference", Prices(5, 5, 5)),
        Model("flux-2-klein-4b", _KLEIN, "sides or reference", Prices(1.4, 0.1, 0.1)),
        Model("flux-2-klein-9b", _KLEIN, "sides or reference", Prices(1.5, 0.2, 0.2)),
        Model("flux-2-klein-9b-preview", _KLEIN, "sides or reference", Prices(1.5, 0.2, 0.2)),
        Model("flux-pro-1.0-fill", (*_FILL_BASE, _MASK), "reference", Prices(5)),
        Model("flux-pro-1.0-expand", (*_FILL_BASE, *_EDGES), "expand", Prices(5)),
        Model(
            "flux-pro-1.1-ultra-finetuned",
            (
                FINETUNE_ID,
                Field("finetune_strength", "number", 1.2, 0, 2),
                *(f for f in _ULTRA if f.name != "raw"),
            ),
            "aspect",
            Prices(7),
            megapixels=4,
        ),
        Model(
            "flux-pro-1.0-fill-finetuned",
            (FINETUNE_ID, Field("finetune_strength", "number", 1.1, 0, 2), *_FILL_BASE, _MASK),
            "reference",
            Prices(7),
        ),
    )
}
"""Every model by the last part of its address, `POST /v1/{path}`."""
