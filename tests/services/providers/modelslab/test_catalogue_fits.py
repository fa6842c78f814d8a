"""What the catalogue says of ModelsLab's models is what its stand-in takes, and the registry opens the adapter."""

import aiohttp
import pytest

from services.images.pixels import PixelWork
from services.providers.base import Finished
from services.providers.catalog import load_catalog
from services.providers.modelslab.adapter import ModelsLabProvider
from services.providers.parameters import ParameterValue
from services.providers.registry import open_registry
from services.settings import Settings
from tests.playground.providers.modelslab_bench import size_of
from tests.services.providers.modelslab.bench import ENDPOINTS, ENTERPRISE, ORDINARY, Studio, order

CATALOG = load_catalog()


def test_the_catalogue_has_the_two_doors() -> None:
    models = {model.id: model for model in CATALOG.models if model.provider == "modelslab"}

    assert {name: model.endpoint for name, model in models.items()} == ENDPOINTS
    for model in models.values():
        assert (model.capabilities.references, model.capabilities.references_needed) == (1, 1)
        assert model.capabilities.seed
        assert not model.capabilities.cancel


@pytest.mark.parametrize(
    ("model", "asked", "size"),
    [
        (ORDINARY, {}, (1024, 1024)),
        (ORDINARY, {"width": 9999, "height": 1, "steps": 99, "guidance": 10}, (1024, 256)),
        (ENTERPRISE, {"width": 9999, "height": 1000}, (2048, 1000)),
    ],
)
async def test_the_stand_in_takes_what_the_catalogue_fits(
    studio: Studio, model: str, asked: dict[str, ParameterValue], size: tuple[int, int]
) -> None:
    fitted = CATALOG.find(model).fit(asked)
    finished = await studio.finish(model=model, parameters=fitted.parameters)

    assert size_of(await studio.bytes_of(finished)) == size
    assert len(studio.calls()[0]["body"]["negative_prompt"]) > 0


@pytest.mark.parametrize("aspect", sorted(CATALOG.find(ORDINARY).aspects))
async def test_the_stand_in_takes_every_aspect(studio: Studio, aspect: str) -> None:
    fitted = CATALOG.find(ORDINARY).fit({}, aspect)

    assert isinstance(await studio.provider.submit(order(parameters=fitted.parameters)), Finished)


async def test_the_registry_opens_it_for_a_key(studio: Studio) -> None:
    settings = Settings(_env_file=None, modelslab_url=f"{studio.stand_ins.origin}/modelslab/")
    async with aiohttp.ClientSession() as session:
        registry = open_registry(settings, CATALOG, PixelWork(), session)
        provider = registry.open("modelslab", studio.key)
        await provider.check_key()

        assert isinstance(provider, ModelsLabProvider)
        assert isinstance(await provider.submit(order()), Finished)
