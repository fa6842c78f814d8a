"""`bot.py gateway`, `worker` and `web`: what they take on the command line, and when they refuse to start."""

import argparse
import gc
from collections.abc import Mapping
from pathlib import Path

import pytest

import bot
from cli.roles import WEB, WORKER, Shards, address_of, check_settings, gateway, parse_shards
from services.errors import StartError
from services.settings import Settings

POSTGRESQL = "postgresql+asyncpg://limner:secret@127.0.0.1:9/limner"
KEY = "A" * 43 + "="
ROLES = ["gateway", "worker", "web"]


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No setting of the machine's, and a data folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    for field, about in Settings.model_fields.items():
        alias = about.validation_alias if isinstance(about.validation_alias, str) else field
        monkeypatch.delenv(alias.upper(), raising=False)
    monkeypatch.setenv("LIMNER_DATA", str(tmp_path))
    return monkeypatch


@pytest.mark.parametrize(
    ("text", "shards"),
    [
        ("0-3/16", Shards(0, 3, 16)),
        ("2/4", Shards(2, 2, 4)),
        ("0-0/1", Shards()),
        (" 1-1/2 ", Shards(1, 1, 2)),
    ],
)
def test_reads_shards_as_they_are_written(text: str, shards: Shards) -> None:
    assert parse_shards(text) == shards


@pytest.mark.parametrize(
    "text", ["", "4", "0-4/4", "3-2/4", "4/4", "-1/4", "0-1/0", "0-1/99999", "a-b/n", "٠-١/٢"]
)
def test_refuses_shards_that_there_cannot_be(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="0-3/16"):
        parse_shards(text)


@pytest.mark.parametrize("shards", [Shards(0, 3, 16), Shards(2, 2, 4)])
def test_shards_are_shown_as_they_can_be_typed(shards: Shards) -> None:
    assert parse_shards(str(shards)) == shards
    assert gateway(shards).title == f"gateway {shards}"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_refuses_sqlite_in_one_sentence(
    role: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bot.main([role]) == 2
    said = capsys.readouterr().err
    assert f"bot.py {role} is one process of several and needs PostgreSQL" in said
    assert said.count("\n") == 1
    assert "bot.py run" in said


@pytest.mark.parametrize("role", ROLES)
def test_each_role_refuses_to_start_without_the_master_key_that_all_share(
    role: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("DATABASE_URL", POSTGRESQL)

    assert bot.main([role]) == 2
    assert "LIMNER_MASTER_KEY or LIMNER_MASTER_KEY_FILE" in capsys.readouterr().err


@pytest.mark.parametrize("role", ROLES)
def test_each_role_says_that_the_database_is_out_of_reach(
    role: str, environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in {"DATABASE_URL": POSTGRESQL, "LIMNER_MASTER_KEY": KEY, "DISCORD_TOKEN": "t"}.items():
        environment.setenv(name, value)

    assert bot.main([role]) == 2
    said = capsys.readouterr().err
    assert "cannot be reached" in said
    assert "secret" not in said


@pytest.mark.parametrize("role", ROLES)
def test_garbage_is_collected_again_after_a_start_that_failed(
    role: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("DATABASE_URL", POSTGRESQL)

    assert bot.main([role]) == 2
    assert gc.isenabled()


def settings_with(values: Mapping[str, str], environment: pytest.MonkeyPatch) -> Settings:
    for name, value in {"DATABASE_URL": POSTGRESQL, "LIMNER_MASTER_KEY": KEY, **values}.items():
        environment.setenv(name, value)
    return Settings(_env_file=None)


@pytest.mark.parametrize("playground", ["discord", "providers"])
def test_no_role_starts_a_playground(playground: str, environment: pytest.MonkeyPatch) -> None:
    settings = settings_with({"LIMNER_PLAYGROUND": playground}, environment)
    with pytest.raises(StartError, match="LIMNER_PLAYGROUND"):
        check_settings(settings, WORKER)


def test_only_the_web_edge_needs_no_token_of_discord(environment: pytest.MonkeyPatch) -> None:
    settings = settings_with({}, environment)

    assert address_of(settings, WEB) is None
    for role in (WORKER, gateway(Shards())):
        with pytest.raises(StartError, match=f"DISCORD_TOKEN is not set: bot.py {role.name}"):
            address_of(settings, role)


def test_a_role_speaks_to_the_discord_of_the_settings(environment: pytest.MonkeyPatch) -> None:
    api = "http://127.0.0.1:8400/api/v10"
    address = address_of(settings_with({"DISCORD_TOKEN": "t", "DISCORD_API_URL": api}, environment), WORKER)

    assert address is not None
    assert (address.token, address.api_url, address.page_url) == ("t", api, None)


def test_a_wrong_range_of_shards_ends_with_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bot.main(["gateway", "--shards", "4-1/4"])

    assert ended.value.code == 2
    assert "0-3/16" in capsys.readouterr().err
