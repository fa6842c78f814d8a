from decimal import Decimal
from pathlib import Path

import pytest

from services.errors import StartError
from services.settings import Settings, load_settings

VARIABLES = {
    (field.validation_alias if isinstance(field.validation_alias, str) else name).upper()
    for name, field in Settings.model_fields.items()
}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def settings_of(folder: Path, text: str) -> Settings:
    file = folder / ".env"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def problem_of(folder: Path, text: str) -> str:
    with pytest.raises(StartError) as caught:
        settings_of(folder, text)
    assert caught.value.code == "bad_settings"
    return str(caught.value)


def test_starts_without_any_setting(tmp_path: Path) -> None:
    settings = load_settings(tmp_path / "missing")
    assert settings.discord_token is None
    assert settings.needs_playground
    assert (settings.host, settings.port, settings.playground_port) == ("127.0.0.1", 8480, 8400)
    assert settings.resolved_database_url.startswith("sqlite+aiosqlite:////")
    assert settings.resolved_database_url.endswith("/data/limner.db")


def test_reads_the_file_and_lets_the_environment_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIMNER_PORT", "1234")
    settings = settings_of(tmp_path, "LIMNER_PORT=5678\nLIMNER_HOST=0.0.0.0\n")
    assert (settings.host, settings.port) == ("0.0.0.0", 1234)  # noqa: S104 - a value, nothing listens


def test_takes_an_empty_value_for_an_absent_one(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "DISCORD_TOKEN=\nLIMNER_PORT=\nFAL_KEY=\n")
    assert settings.discord_token is None
    assert settings.port == 8480
    assert settings.provider_key("fal") is None


def test_names_every_problem_at_once(tmp_path: Path) -> None:
    text = "LIMNER_PORT=70000\nLIMNER_OPERATORS=ada\nLOG_LEVEL=LOUD\nPUBLIC_URL=ftp://x\nLIMNER_DAILY_CAP_USD=-1\n"
    problem = problem_of(tmp_path, text)
    for name in ("LIMNER_PORT", "LIMNER_OPERATORS", "LOG_LEVEL", "PUBLIC_URL", "LIMNER_DAILY_CAP_USD"):
        assert f"  {name}: " in problem


def test_never_repeats_a_value_for_it_may_be_a_key(tmp_path: Path) -> None:
    problem = problem_of(
        tmp_path, "LIMNER_PORT=canary-7f3a\nLIMNER_OPERATORS=canary-9b2c\nLOG_LEVEL=canary-1d\n"
    )
    assert "canary" not in problem


def test_shows_no_secret_in_its_own_text(tmp_path: Path) -> None:
    lines = [
        f"{name}=canary-secret"
        for name in ("DISCORD_TOKEN", "FAL_KEY", "OPENAI_API_KEY", "LIMNER_MASTER_KEY")
    ]
    settings = settings_of(tmp_path, "\n".join(lines))
    assert "canary" not in repr(settings) + str(settings)
    assert settings.provider_key("fal") == "canary-secret"


@pytest.mark.parametrize(
    ("written", "ids"),
    [("1", {1}), ("12, 34,56 ", {12, 34, 56}), ("", set()), (",", set())],
)
def test_reads_ids_with_commas_between_them(tmp_path: Path, written: str, ids: set[int]) -> None:
    assert settings_of(tmp_path, f"LIMNER_OPERATORS={written}\n").operators == ids


@pytest.mark.parametrize("written", ["1;2", "-1", "1.5", "٣", "<@1>"])
def test_refuses_ids_that_are_not_digits(tmp_path: Path, written: str) -> None:
    assert "LIMNER_KEY_SERVERS" in problem_of(tmp_path, f"LIMNER_KEY_SERVERS='{written}'\n")


@pytest.mark.parametrize("address", ["http://paint.example", "paint.example", "javascript:1"])
def test_refuses_a_public_address_that_is_not_https(tmp_path: Path, address: str) -> None:
    assert "PUBLIC_URL" in problem_of(tmp_path, f"PUBLIC_URL={address}\n")


@pytest.mark.parametrize(
    "address", ["https://paint.example/", "http://127.0.0.1:8480/", "http://localhost:1/"]
)
def test_takes_a_public_address_without_its_last_slash(tmp_path: Path, address: str) -> None:
    assert settings_of(tmp_path, f"PUBLIC_URL={address}\n").public_url == address.rstrip("/")


def test_asks_for_a_master_key_with_postgresql(tmp_path: Path) -> None:
    line = "DATABASE_URL=postgresql+asyncpg://limner@db/limner\n"
    assert "LIMNER_MASTER_KEY" in problem_of(tmp_path, line)
    assert settings_of(tmp_path, line + "LIMNER_MASTER_KEY_FILE=/run/key\n").is_postgresql


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("", True),
        ("LIMNER_PLAYGROUND=providers\n", True),
        ("LIMNER_PLAYGROUND=off\n", False),
        ("DISCORD_TOKEN=t\n", False),
        ("DISCORD_API_URL=http://127.0.0.1:9/api/v10\n", False),
    ],
)
def test_starts_the_local_discord_only_without_another(tmp_path: Path, text: str, needed: bool) -> None:
    assert settings_of(tmp_path, text).needs_playground is needed


def test_counts_caps_in_whole_micro_dollars(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "LIMNER_DAILY_CAP_USD=0.1\nLIMNER_USER_DAILY_CAP_USD=0.000001\n")
    assert settings.daily_cap_usd == Decimal("0.1")
    assert (settings.daily_cap_micro_usd, settings.user_daily_cap_micro_usd) == (100_000, 1)


@pytest.mark.parametrize("written", ["NaN", "Infinity", "1e9", "five"])
def test_refuses_caps_that_are_no_amount(tmp_path: Path, written: str) -> None:
    assert "LIMNER_DAILY_CAP_USD" in problem_of(tmp_path, f"LIMNER_DAILY_CAP_USD={written}\n")


def test_reads_prices_by_model(tmp_path: Path) -> None:
    text = "LIMNER_PRICES=modelslab/flux-headshot=0.05, FAL/flux-realism=$0.03\topenai/gpt-image-2=1 bfl/flux-dev=0\n"

    assert settings_of(tmp_path, text).prices == {
        "modelslab/flux-headshot": 50_000,
        "fal/flux-realism": 30_000,
        "openai/gpt-image-2": 1_000_000,
        "bfl/flux-dev": 0,
    }
    assert load_settings(tmp_path / "missing").prices == {}


@pytest.mark.parametrize(
    ("prices", "entry"),
    [
        ("fal/flux-dev", 1),
        ("fal/flux-dev=", 1),
        ("fal/flux-dev=cheap", 1),
        ("fal/flux-dev=-1", 1),
        ("fal/flux-dev=nan", 1),
        ("fal/flux-dev=1e3", 1),
        ("fal/flux-dev=100.01", 1),
        ("fal/flux-dev=0.0000001", 1),
        ("fal/flux-dev=0.05 =5", 2),
        ("fal/flux-dev=0.05 FAL/Flux-Dev=0.06", 2),
        ("fal/flux-dev=0,05", 2),
        ("sk-secret:value", 1),
    ],
)
def test_names_the_entry_of_a_wrong_price_and_repeats_nothing(
    tmp_path: Path, prices: str, entry: int
) -> None:
    problem = problem_of(tmp_path, f"LIMNER_PRICES={prices}\n")

    assert f"  LIMNER_PRICES: entry {entry}: " in problem
    assert "secret" not in problem
