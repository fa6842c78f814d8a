"""What the catalogue says about a model and about a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.models import NO_PARAMETERS, Dropped, Parameters
from services.providers.fitting import Fitted, check_aspect, fit_parameters
from services.providers.parameters import Parameter, read_size
from services.providers.price import Price, PriceUnit, Size, TokenPrices
from services.sayings import saying

__all__ = [
    "Capabilities", "Model", "Price", "PriceUnit", "ProviderEntry", "ReferenceForm", "Strength", "TokenPrices",
    "Variation", "VaryBy",
]  # fmt: skip


class ReferenceForm(StrEnum):
    """How a vendor takes reference pictures under `Capabilities.reference_field`."""

    ONE = "one"
    """One value: `image_url`."""
    LIST = "list"
    """A list of values: `image_urls`."""
    NUMBERED = "numbered"
    """A field each: `input_image`, `input_image_2`, `input_image_3`."""


class VaryBy(StrEnum):
    """How another picture much like an earlier one is had."""

    STRENGTH = "strength"
    """The picture goes in as a reference, with parameters that say how much it counts."""
    WORDS = "words"
    """The picture goes in as a reference, and the words say how much of it shall stay."""
    FEATURES = "features"
    """Some of its drawn features are drawn anew."""


class Strength(StrEnum):
    """How far a variation goes."""

    SUBTLE = "subtle"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Variation:
    """How pictures of a model are varied: by the model `model_id`, with these parameters for each strength."""

    by: VaryBy
    model_id: str
    parameters: Mapping[Strength, Parameters]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a model and its provider can do.

    `references` is how many reference pictures it takes, `references_needed` how many it cannot do without; the vendor
    takes them under `reference_field`. `takes_prompt` is False for what only works on its reference. `keeps_size`: the
    picture has its first reference's size where no other is asked for, times the parameter `scaled_by` where it has
    one, and `upscales` says that this is all it does; `largest_side_px` is the longest side that it makes, 0 for any.
    one. `keeps_face`: the person in the picture has the face of the reference photo, whatever the words say.
    `is_deterministic`: the same seed, prompt and parameters give the same picture.
    """

    seed: bool = True
    takes_prompt: bool = True
    references: int = 0
    references_needed: int = 0
    reference_field: str = ""
    reference_form: ReferenceForm = ReferenceForm.ONE
    keeps_size: bool = False
    scaled_by: str = ""
    upscales: bool = False
    largest_side_px: int = 0
    keeps_face: bool = False
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
    off until the operator writes one; `token_prices` are of vendors that count tokens. `expected_s` is how long a
    picture usually takes, `outcome_known_after_s` after how long a lost order certainly gives no picture any more.
    `equivalents` are ids of models to offer instead. `vary` is how its pictures are varied, None where they cannot be.
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
    sizes: Mapping[str, Size]
    token_prices: TokenPrices | None = None
    vary: Variation | None = None

    def fit(
        self,
        asked: Parameters,
        aspect: str = "",
        *,
        beside: Parameters = NO_PARAMETERS,
        kept: Parameters = NO_PARAMETERS,
        is_strict: bool = True,
    ) -> Fitted:
        """Return the parameters to send for what was asked; an empty `aspect` leaves the size to the vendor.

        `beside` are parameters of this model that are sent as well where nothing else was asked for, `kept` those of a
        set of somebody's own, under any of their names, as far as the model takes them. Raises
        UserError("bad_option", "duplicate_option", "option_needs" or "bad_aspect") with the field and what is allowed.
        Unless `is_strict`, what the model does not take is dropped and named, the aspect too.
        """
        shape, dropped = self._shape(aspect.strip(), is_strict=is_strict)
        given = {**shape, **beside}
        fitted = fit_parameters(
            asked, self.parameters, self.title, given=given, kept=kept, is_strict=is_strict
        )
        return replace(fitted, dropped=(*fitted.dropped, *dropped))

    def asked_of(self, parameters: Parameters, aspect: str) -> Parameters:
        """Return those of the `parameters` sent to this model that neither `aspect` nor our own defaults gave."""
        ours = {name: each.default for name, each in self.parameters.items() if each.is_default_sent}
        given = {**ours, **self.aspects.get(aspect.strip(), NO_PARAMETERS)}
        return {
            name: value for name, value in parameters.items() if name not in given or given[name] != value
        }

    def _shape(self, aspect: str, *, is_strict: bool) -> tuple[Parameters, tuple[Dropped, ...]]:
        """Return the parameters that give the aspect, and the aspect itself where it cannot be had."""
        if not aspect:
            return NO_PARAMETERS, ()
        if not self.aspects:
            return NO_PARAMETERS, (Dropped("aspect", saying("dropped.keeps_shape", model=self.title)),)
        if not is_strict and aspect not in self.aspects:
            reason = saying("dropped.takes", model=self.title, allowed=", ".join(self.aspects))
            return NO_PARAMETERS, (Dropped("aspect", reason),)
        return check_aspect(aspect, self.aspects), ()

    def price_micro_usd(self, parameters: Parameters, references: Sequence[Size] = ()) -> int | None:
        """Return what one picture with `parameters` and `references` (width, height in px) costs in micro-dollars.

        None where that is not known. Where the vendor reports what it took, that is what is settled.
        """
        if self.price is None:
            return None
        return self.price.of(
            {**self.defaults, **parameters}, self.size_px(parameters, references), references
        )

    @property
    def defaults(self) -> Parameters:
        """Return the default of every parameter that has one."""
        return {
            name: parameter.default
            for name, parameter in self.parameters.items()
            if parameter.default is not None
        }

    def size_px(self, parameters: Parameters, references: Sequence[Size] = ()) -> Size | None:
        """Return width and height in px that `parameters` ask for, None where only the vendor knows."""
        sent = {**self.defaults, **parameters}
        asked = self._asked_size(sent)
        if asked is not None or not self.capabilities.keeps_size or not references:
            return asked
        factor = sent.get(self.capabilities.scaled_by, 1)
        scale = factor if isinstance(factor, int | float) else 1
        width, height = references[0]
        return round(width * scale), round(height * scale)

    def _asked_size(self, sent: Parameters) -> Size | None:
        """Return the size under the names that the vendors have for it: image_size, size, or width and height."""
        named = sent.get("image_size", sent.get("size"))
        if isinstance(named, str):
            return self.sizes.get(named) or read_size(named)
        sides = named if isinstance(named, dict) else sent
        width, height = sides.get("width"), sides.get("height")
        return (width, height) if isinstance(width, int) and isinstance(height, int) else None
