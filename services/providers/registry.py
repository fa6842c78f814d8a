"""Which providers this version speaks to, and how each is opened for a key."""

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
    """The operator has set no key for its provider; people may bring their own."""
    NEEDS_PRICE = "needs_price"
    """The catalogue knows no price, so nothing can be held for it; the operator may write one."""
    NOT_IN_THIS_VERSION = "not_in_this_version"
    """Listed, but Limner cannot speak to its provider yet."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What adapters are made from. `session` is shared by all and closed by whoever opened it."""

    settings: Settings
    catalog: Catalog
    pixels: PixelWork
    session: aiohttp.ClientSession


OpenProvider = Callable[[str], Provider]
"""Returns the provider for one key, "" for none. Cheap: what is worth keeping is kept by its maker."""

MakeAdapter = Callable[[Workshop], OpenProvider]
"""Makes what opens a provider, once; it keeps what all keys of that provider share (fal's webhook keys)."""


def _open_sketch(workshop: Workshop) -> OpenProvider:
    provider = SketchProvider(workshop.pixels)
    return lambda _key: provider


def _open_fal(workshop: Workshop) -> OpenProvider:
    from services.providers.fal.adapter import FalProvider  # noqa: PLC0415 - not before somebody needs it
    from services.providers.fal.webhook_keys import WebhookKeys  # noqa: PLC0415

    session, settings = workshop.session, workshop.settings
    webhook_keys = WebhookKeys(session, settings.fal_rest_url)
    queue_url, rest_url, catalog = settings.fal_queue_url, settings.fal_rest_url, workshop.catalog
    return lambda key: FalProvider(
        session, queue_url, rest_url, key, catalog=catalog, webhook_keys=webhook_keys
    )


def _open_bfl(workshop: Workshop) -> OpenProvider:
    from services.providers.bfl.adapter import BflProvider  # noqa: PLC0415 - not before somebody needs it

    return lambda key: BflProvider(workshop.session, workshop.settings.bfl_url, key, workshop.catalog)


def _open_modelslab(workshop: Workshop) -> OpenProvider:
    from services.providers.modelslab.adapter import ModelsLabProvider  # noqa: PLC0415 - as above

    models = workshop.catalog.models
    endpoints = {model.id: model.endpoint for model in models if model.provider == ModelsLabProvider.name}
    return lambda key: ModelsLabProvider(
        workshop.session, workshop.settings.modelslab_url, key, endpoints=endpoints, pixels=workshop.pixels
    )


def _open_openai(workshop: Workshop) -> OpenProvider:
    from services.providers.openai.adapter import OpenAIProvider  # noqa: PLC0415 - as above

    return lambda key: OpenAIProvider(
        workshop.session, workshop.settings.openai_url, key, workshop.catalog, workshop.pixels
    )


ADAPTERS: Final[Mapping[str, MakeAdapter]] = MappingProxyType(
    {
        SKETCH: _open_sketch,
        "fal": _open_fal,
        "bfl": _open_bfl,
        "modelslab": _open_modelslab,
        "openai": _open_openai,
    }
)
"""Provider name -> how to make it. The module of a hosted provider is imported when it is first opened."""


class Registry:
    """The providers that this version speaks to, each opened for a key when it is needed.

    `speaks` are their names, `keyless` those of them that need a key and have none of the operator's.
    """

    def __init__(
        self,
        catalog: Catalog,
        adapters: Mapping[str, MakeAdapter],
        workshop: Workshop,
        keys: Mapping[str, str],
    ) -> None:
        self.catalog = catalog
        self.speaks = frozenset(catalog.providers) & frozenset(adapters)
        self.keyless = frozenset(
            name for name in self.speaks if catalog.providers[name].key_setting and not keys.get(name)
        )
        self._adapters = adapters
        self._workshop = workshop
        self._keys = keys
        self._openers: dict[str, OpenProvider] = {}
        self._operators: dict[str, Provider] = {}

    def changed(
        self,
        *,
        catalog: Catalog | None = None,
        adapters: Mapping[str, MakeAdapter] | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> "Registry":
        """Return a registry like this one with something else in it; it opens its providers anew."""
        return Registry(
            catalog or self.catalog,
            self._adapters if adapters is None else adapters,
            self._workshop,
            self._keys if keys is None else keys,
        )

    def availability(self, model: Model) -> Availability:
        """Return whether `model` can be used now with the operator's key."""
        if model.provider not in self.speaks:
            return Availability.NOT_IN_THIS_VERSION
        if model.price is None:
            return Availability.NEEDS_PRICE
        return Availability.NEEDS_KEY if model.provider in self.keyless else Availability.READY

    @property
    def running_caps(self) -> Mapping[str, int]:
        """Return how many orders each provider may have in the works at once for one account."""
        return {name: self.catalog.providers[name].running_cap for name in self.speaks}

    def open(self, name: str, key: str) -> Provider:
        """Return the provider for somebody's key. Raises NotFoundError("provider_not_ready") for an unknown one."""
        if name not in self.speaks:
            raise NotFoundError("provider_not_ready", f"provider {name} is not open", found=name)
        if name not in self._openers:
            self._openers[name] = self._adapters[name](self._workshop)
        return self._openers[name](key)

    def provider(self, name: str) -> Provider:
        """Return a provider with the operator's key, or with none: enough for webhooks and for what needs no key.

        Raises NotFoundError("provider_not_ready") for an unknown one.
        """
        if name not in self._operators:
            self._operators[name] = self.open(name, self._keys.get(name, ""))
        return self._operators[name]


def open_registry(
    settings: Settings,
    catalog: Catalog,
    pixels: PixelWork,
    session: aiohttp.ClientSession,
    adapters: Mapping[str, MakeAdapter] = ADAPTERS,
) -> Registry:
    """Return the registry of every provider of the catalogue that has an adapter."""
    workshop = Workshop(settings, catalog, pixels, session)
    keys = {name: key for name in catalog.providers if (key := settings.provider_key(name))}
    return Registry(catalog, adapters, workshop, keys)
