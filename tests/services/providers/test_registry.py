"""Which providers are open, and what is painted with by default."""

import aiohttp
import pytest
from pydantic import SecretStr

from services.errors import NotFoundError
from services.images.pixels import PixelWork
from services.providers.catalog import ProviderEntry, load_catalog
from services.providers.registry import ADAPTERS, Adapter, Availability, Registry, Workshop, open_registry
from services.settings import Settings
from tests.services.providers.scripted import ScriptedProvider

CATALOG = load_catalog()


def open_with(
    session: aiohttp.ClientSession, adapters: dict[str, Adapter], key: str | None = None
) -> Registry:
    settings = Settings(_env_file=None, fal_key=SecretStr(key) if key else None)
    return open_registry(settings, CATALOG, PixelWork(), session, {**ADAPTERS, **adapters})


def scripted_fal(workshop: Workshop) -> ScriptedProvider | None:
    has_key = workshop.settings.provider_key("fal") is not None
    return ScriptedProvider(workshop.session, "http://127.0.0.1:1") if has_key else None


async def test_paints_with_the_sketch_painter_when_nothing_else_is_ready(
    session: aiohttp.ClientSession,
) -> None:
    registry = open_with(session, {})

    assert registry.default_model().id == "sketch"
    assert registry.availability(CATALOG.find("sketch")) is Availability.READY
    assert registry.provider_of(CATALOG.find("sketch")).name == "sketch"


async def test_says_of_a_listed_model_that_this_version_cannot_reach_it(
    session: aiohttp.ClientSession,
) -> None:
    registry = open_with(session, {}, key="id:secret")
    model = CATALOG.find("fal/flux-dev")

    assert registry.availability(model) is Availability.NOT_IN_THIS_VERSION
    with pytest.raises(NotFoundError) as caught:
        registry.provider_of(model)
    assert dict(caught.value.fields) == {
        "field": "model",
        "found": "fal/flux-dev",
        "reason": "not_in_this_version",
    }


async def test_says_that_a_key_is_missing(session: aiohttp.ClientSession) -> None:
    registry = open_with(session, {"fal": scripted_fal})

    assert registry.availability(CATALOG.find("fal/flux-dev")) is Availability.NEEDS_KEY
    assert registry.default_model().id == "sketch"


async def test_paints_with_the_first_preference_that_is_ready(session: aiohttp.ClientSession) -> None:
    registry = open_with(session, {"fal": scripted_fal}, key="id:secret")

    assert registry.default_model().id == "fal/flux-pro-v1.1-ultra"
    assert registry.availability(CATALOG.find("fal/flux-dev")) is Availability.READY


async def test_a_model_without_a_price_is_off(session: aiohttp.ClientSession) -> None:
    registry = open_with(session, {"fal": scripted_fal}, key="id:secret")

    assert registry.availability(CATALOG.find("fal/flux-realism")) is Availability.NEEDS_PRICE


@pytest.mark.parametrize("entry", CATALOG.providers.values(), ids=lambda entry: entry.name)
def test_the_key_setting_of_every_provider_is_one_of_the_settings(entry: ProviderEntry) -> None:
    assert entry.key_setting is None or entry.key_setting.lower() in Settings.model_fields
