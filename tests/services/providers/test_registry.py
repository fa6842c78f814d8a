"""Which providers this version speaks to, and how each is opened for a key."""

from collections.abc import Callable

import aiohttp
import pytest
from pydantic import SecretStr

from services.errors import NotFoundError
from services.images.pixels import PixelWork
from services.providers.catalog import ProviderEntry, load_catalog
from services.providers.registry import (
    ADAPTERS,
    Availability,
    MakeAdapter,
    OpenProvider,
    Registry,
    Workshop,
    open_registry,
)
from services.settings import Settings
from tests.services.providers.scripted import ScriptedProvider

CATALOG = load_catalog()
FLUX = CATALOG.find("fal/flux-dev")


def open_with(
    session: aiohttp.ClientSession, adapters: dict[str, MakeAdapter], key: str | None = None
) -> Registry:
    """Return the registry of the sketch painter and `adapters`, with the operator's fal key."""
    settings = Settings(_env_file=None, fal_key=SecretStr(key) if key else None)
    return open_registry(settings, CATALOG, PixelWork(), session, {"sketch": ADAPTERS["sketch"], **adapters})


def scripted_fal(keys: list[str]) -> MakeAdapter:
    """Return what makes an adapter that writes down the keys it is opened for."""

    def make(workshop: Workshop) -> OpenProvider:
        keys.append("made")

        def open_for(key: str) -> ScriptedProvider:
            keys.append(key)
            return ScriptedProvider(workshop.session, "http://127.0.0.1:1")

        return open_for

    return make


@pytest.fixture
def keys() -> list[str]:
    return []


async def test_the_sketch_painter_is_ready_without_a_key(session: aiohttp.ClientSession) -> None:
    registry = open_with(session, {})

    assert registry.availability(CATALOG.find("sketch")) is Availability.READY
    assert registry.provider("sketch").name == "sketch"
    assert (set(registry.speaks), set(registry.keyless)) == ({"sketch"}, set())


async def test_says_of_a_listed_model_that_this_version_cannot_reach_it(
    session: aiohttp.ClientSession,
) -> None:
    registry = open_with(session, {}, key="id:secret")

    assert registry.availability(FLUX) is Availability.NOT_IN_THIS_VERSION
    with pytest.raises(NotFoundError) as caught:
        registry.provider("fal")
    assert (caught.value.code, dict(caught.value.fields)) == ("provider_not_ready", {"found": "fal"})


async def test_says_that_a_key_is_missing_and_opens_for_somebody_elses(
    session: aiohttp.ClientSession, keys: list[str]
) -> None:
    registry = open_with(session, {"fal": scripted_fal(keys)})

    assert registry.availability(FLUX) is Availability.NEEDS_KEY
    assert registry.keyless == {"fal"}
    assert registry.open("fal", "ada:secret").name == "scripted"
    assert keys == ["made", "ada:secret"]


async def test_an_adapter_is_made_once_and_the_operators_provider_is_kept(
    session: aiohttp.ClientSession, keys: list[str]
) -> None:
    registry = open_with(session, {"fal": scripted_fal(keys)}, key="id:secret")

    assert registry.provider("fal") is registry.provider("fal")
    registry.open("fal", "ada:secret")
    assert keys == ["made", "id:secret", "ada:secret"]
    assert registry.availability(FLUX) is Availability.READY


async def test_a_model_without_a_price_is_off(session: aiohttp.ClientSession, keys: list[str]) -> None:
    registry = open_with(session, {"fal": scripted_fal(keys)}, key="id:secret")

    assert registry.availability(CATALOG.find("fal/flux-realism")) is Availability.NEEDS_PRICE


async def test_knows_how_much_each_provider_takes_at_once(
    session: aiohttp.ClientSession, keys: list[str]
) -> None:
    caps = open_with(session, {"fal": scripted_fal(keys)}).running_caps

    assert caps == {"sketch": CATALOG.providers["sketch"].running_cap, "fal": 2}


@pytest.mark.parametrize("entry", CATALOG.providers.values(), ids=lambda entry: entry.name)
def test_the_key_setting_of_every_provider_is_one_of_the_settings(entry: ProviderEntry) -> None:
    assert entry.key_setting is None or entry.key_setting.lower() in Settings.model_fields


@pytest.mark.parametrize("name", ADAPTERS)
async def test_every_adapter_opens_for_a_key_and_bears_its_providers_name(
    session: aiohttp.ClientSession, name: str
) -> None:
    workshop = Workshop(Settings(_env_file=None), CATALOG, PixelWork(), session)
    opener: Callable[[str], object] = ADAPTERS[name](workshop)

    assert getattr(opener("id:secret"), "name", "") == name
