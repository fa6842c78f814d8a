"""`LIMNER_PLAYGROUND=providers`: which settings lead to the stand-ins, and when playing is refused."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from cli.child_server import ChildServer
from cli.local_providers import (
    ANNOUNCEMENT,
    PLAY_PRICE_MICRO_USD,
    check_no_real_orders,
    pointed_at,
)
from services.errors import StartError
from services.providers.catalog import load_catalog
from services.settings import Settings
from tests.services.studio import open_studio_on_sqlite

SAID = {
    "fal": {"queue": "http://127.0.0.1:1/q", "rest": "http://127.0.0.1:1/r", "cdn": "", "key": "fal-play"},
    "bfl": {"url": "http://127.0.0.1:1/b", "key": "bfl-play"},
    "modelslab": {"url": "http://127.0.0.1:1/m", "key": "modelslab-play"},
    "openai": {"url": "http://127.0.0.1:1/o", "key": "openai-play"},
}
SERVER = ChildServer(SAID, 1, None)
REAL_KEY = "a-real-key"


@pytest.fixture
def empty_database(_sqlite_template: Path) -> Path:
    """Return the file of an empty database, to be copied."""
    return _sqlite_template


def settings_of(folder: Path, **changes: object) -> Settings:
    plain = Settings(_env_file=None).model_copy(update={"data_folder": folder, "playground": "providers"})
    return plain.model_copy(update=changes)


def test_no_real_address_and_no_real_key_stays(tmp_path: Path) -> None:
    real = settings_of(tmp_path, fal_key=SecretStr(REAL_KEY), bfl_api_key=SecretStr(REAL_KEY))
    played = pointed_at(real, SERVER)

    assert not real.is_play_money
    assert played.is_play_money
    assert [played.provider_key(name) for name in SAID] == [f"{name}-play" for name in SAID]


def test_every_model_has_a_price_and_the_operators_own_stays(tmp_path: Path) -> None:
    played = pointed_at(settings_of(tmp_path, prices={"fal/flux-realism": 7}), SERVER)
    models = load_catalog(prices=played.prices).models

    assert all(model.price is not None for model in models)
    assert played.prices["fal/flux-realism"] == 7
    assert played.prices["bfl/flux-dev"] == PLAY_PRICE_MICRO_USD


@pytest.mark.parametrize(
    ("public_url", "port", "expected"),
    [
        (None, 8480, "http://127.0.0.1:8480"),
        ("https://limner.example", 8480, "https://limner.example"),
        (None, 0, None),
    ],
    ids=["called back here", "called back where the operator says", "polled on a port not known yet"],
)
def test_stand_ins_call_back(tmp_path: Path, public_url: str | None, port: int, expected: str | None) -> None:
    assert pointed_at(settings_of(tmp_path, public_url=public_url, port=port), SERVER).public_url == expected


async def test_playing_is_refused_while_real_services_paint_for_the_folder(
    empty_database: Path, tmp_path: Path
) -> None:
    async with open_studio_on_sqlite(empty_database, tmp_path) as studio:
        await studio.order()
    with pytest.raises(StartError, match="still painting 1 pictures"):
        await check_no_real_orders(settings_of(tmp_path))

    (tmp_path / ANNOUNCEMENT).write_text("{}")
    await check_no_real_orders(settings_of(tmp_path))


async def test_sketches_in_line_keep_nobody_from_playing(empty_database: Path, tmp_path: Path) -> None:
    async with open_studio_on_sqlite(empty_database, tmp_path) as studio:
        await studio.portrait()

    await check_no_real_orders(settings_of(tmp_path))
