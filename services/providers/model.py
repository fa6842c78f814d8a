"""What the catalogue says about a model and about a provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.models import NO_PARAMETERS, Parameters
from services.providers.fitting import Fitted, check_aspect, fit_parameters
from services.providers.parameters import Parameter, ParameterValue

# fal bills started megapixels. Source: its price table, where 1024x768 counts as one. That 1024x1024 is still one,
# and that BFL counts alike, is assumed: the settled cost is the one that the vendor reports.
PIXELS_PER_MEGAPIXEL: Final = 1024 * 1024


class PriceUnit(StrEnum):
    """What a price is for."""

    PICTURE = "picture"
    MEGAPIXEL = "megapixel"


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars a picture, or a started megapixel of it."""

    micro_usd: int
    per: PriceUnit = PriceUnit.PICTURE


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model and its provider can do.

    `references` is how many reference pictures it takes, `references_needed` how many it cannot do without.
    `is_deterministic`: the same seed, prompt and parameters give the same picture.
    """

    seed: bool = True
    references: int = 0
    references_needed: int = 0
    negative_prompt: bool = False
    pictures_per_call: int = 1
    cancel: bool = False
    webhook: bool = False
    is_deterministic: bool = False


@dataclass(frozen=True, slots=True)
class ProviderEntry:
    """One provider of the catalogue.

    `home` is its web page, None for our own. `key_setting` names the environment variable of the operator's key, None
    where none is needed. `running_cap` is how many of our orders it may have in the works at once. `sizes` are its
    names for picture sizes: (width, height) in px.
    """

    name: str
    title: str
    home: str | None
    key_setting: str | None
    running_cap: int
    sizes: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalogue.

    `aspects` maps an aspect to the parameters that give it. `price` is None where it is not known: such a model is
    off until the operator writes one. `expected_s` is how long a picture usually takes, `outcome_known_after_s` after
    how long a lost order certainly gives no picture any more. `equivalents` are ids of models to offer instead.
    """

    id: str
    provider: str
    title: str
    endpoint: str
    version: str
    description: str
    parameters: Mapping[str, Parameter]
    capabilities: Capabilities
    aspects: Mapping[str, Parameters]
    price: Price | None
    expected_s: float
    outcome_known_after_s: float
    may_be_retired: bool
    equivalents: tuple[str, ...]
    sizes: Mapping[str, tuple[int, int]]

    def fit(self, asked: Mapping[str, ParameterValue], aspect: str = "") -> Fitted:
        """Return the parameters to send for what was asked; an empty `aspect` leaves the size to the vendor.

        Raises UserError("bad_option", "duplicate_option" or "bad_aspect") with the field and what is allowed.
        """
        aspect_parameters = check_aspect(aspect, self.aspects) if aspect.strip() else NO_PARAMETERS
        return fit_parameters(asked, self.parameters, aspect_parameters, self.title)

    def price_micro_usd(self, parameters: Parameters) -> int | None:
        """Return what one picture with `parameters` costs, None where that is not known."""
        if self.price is None or self.price.per is PriceUnit.PICTURE:
            return None if self.price is None else self.price.micro_usd
        size = self.size_px(parameters)
        if size is None:
            return None
        started_megapixels = -(-size[0] * size[1] // PIXELS_PER_MEGAPIXEL)
        return self.price.micro_usd * started_megapixels

    def size_px(self, parameters: Parameters) -> tuple[int, int] | None:
        """Return width and height in px that `parameters` ask for, None where only the vendor knows."""
        defaults = {name: parameter.default for name, parameter in self.parameters.items()}
        sent = {**defaults, **parameters}
        named = sent.get("image_size")
        if isinstance(named, str):
            return self.sizes.get(named)
        sides = named if isinstance(named, dict) else sent
        width, height = sides.get("width"), sides.get("height")
        return (width, height) if isinstance(width, int) and isinstance(height, int) else None
