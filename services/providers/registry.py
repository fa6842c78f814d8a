"""Which providers can paint here and now, and which model is used when nobody names one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import aiohttp

from services.errors import NotFoundError
from services.images.pixels import PixelWork
from services.providers.base import Provider
from services.providers.catalog import Catalog, Model
from services.providers.sketch.adapter import SketchProvider
from services.settings import Settings

SKETCH: Final = "sketch"


class Availability(StrEnum):
    """Whether a model can be used, and what is missing."""

    READY = "ready"
    NEEDS_KEY = "needs_key"
    """The operator has set no key for its provider."""
    NEEDS_PRICE = "needs_price"
    """The catalogue knows no price, so nothing can be held for it; the operator may write one."""
    NOT_IN_THIS_VERSION = "not_in_this_version"
    """Listed, but Limner cannot speak to its provider yet."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What adapters are made from. `session` is shared by all and closed by whoever opened it."""

    settings: Settings
    pixels: PixelWork
    session: aiohttp.ClientSession


Adapter = Callable[[Workshop], Provider | None]
"""Makes a provider, or returns None while its key is not set."""

ADAPTERS: Final[Mapping[str, Adapter]] = MappingProxyType(
    {SKETCH: lambda workshop: SketchProvider(workshop.pixels)}
)
"""Provider name -> how to make it."""


@dataclass(frozen=True, slots=True)
class Registry:
    """The open providers by name; `keyless` are the names of those that lack the operator's key."""

    catalog: Catalog
    providers: Mapping[str, Provider]
    keyless: frozenset[str]

    def availability(self, model: Model) -> Availability:
        """Return whether `model` can be used now."""
        if model.provider in self.keyless:
            return Availability.NEEDS_KEY
        if model.provider not in self.providers:
            return Availability.NOT_IN_THIS_VERSION
        return Availability.NEEDS_PRICE if model.price is None else Availability.READY

    def default_model(self) -> Model:
        """Return the first model of the catalogue's preference that is ready, else the sketch painter."""
        preferred = (self.catalog.by_id[model_id.lower()] for model_id in self.catalog.preferred)
        ready = (model for model in preferred if self.availability(model) is Availability.READY)
        return next(ready, self.catalog.by_id[SKETCH])

    @property
    def running_caps(self) -> Mapping[str, int]:
        """Return how many orders each open provider may have in the works at once."""
        return {name: self.catalog.providers[name].running_cap for name in self.providers}

    def provider(self, name: str) -> Provider:
        """Return an open provider by its name. Raises NotFoundError("provider_not_ready") for any other."""
        provider = self.providers.get(name)
        if provider is None:
            raise NotFoundError("provider_not_ready", f"provider {name} is not open", found=name)
        return provider

    def provider_of(self, model: Model) -> Provider:
        """Return the provider that paints `model`. Raises NotFoundError("model_not_ready") with the `reason`."""
        provider = self.providers.get(model.provider)
        if provider is None:
            reason = self.availability(model)
            raise NotFoundError(
                "model_not_ready", f"{model.id}: {reason}", field="model", found=model.id, reason=reason
            )
        return provider


def open_registry(
    settings: Settings,
    catalog: Catalog,
    pixels: PixelWork,
    session: aiohttp.ClientSession,
    adapters: Mapping[str, Adapter] = ADAPTERS,
) -> Registry:
    """Return the registry of every provider of the catalogue that has an adapter and, where it needs one, a key."""
    workshop = Workshop(settings, pixels, session)
    made = {name: adapters[name](workshop) for name in catalog.providers if name in adapters}
    providers = {name: provider for name, provider in made.items() if provider is not None}
    needing = (name for name, entry in catalog.providers.items() if entry.key_setting is not None)
    keyless = frozenset(name for name in needing if name not in providers and not settings.provider_key(name))
    return Registry(catalog, MappingProxyType(providers), keyless)
