"""The settings: the only place that reads the environment. Each is explained in `.env.example`."""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.errors import StartError

MICRO_USD_PER_USD = 1_000_000

Ids = Annotated[frozenset[int], NoDecode]
"""Discord ids, written as digits with commas between them."""

Prices = Annotated[Mapping[str, int], NoDecode]
"""Micro-dollars a picture by model id, written as `model=dollars` with spaces or commas between them."""

DEAREST_USD = 100
"""The most that a picture may be said to cost: a wrong decimal point is likelier than such a picture."""

_PRICE = re.compile(r"([A-Za-z0-9][A-Za-z0-9/._-]{0,79})=\$?([0-9]{1,3}(?:\.[0-9]{1,6})?)", re.ASCII)


class Settings(BaseSettings):
    """Typed and frozen. Built by `load_settings`, which reports every problem at once."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    discord_token: SecretStr | None = None
    discord_api_url: str | None = None
    discord_gateway_url: str | None = None
    data_folder: Path = Field(default=Path("data"), validation_alias="LIMNER_DATA")
    database_url: str = ""
    image_store_url: str = ""
    aws_access_key_id: SecretStr | None = None
    aws_secret_access_key: SecretStr | None = None
    aws_session_token: SecretStr | None = None
    aws_region: str = "us-east-1"
    aws_endpoint_url: str | None = None
    user_storage_mb: int = Field(default=2048, ge=0, validation_alias="LIMNER_USER_STORAGE_MB")
    user_uploads: int = Field(default=500, ge=1, le=100_000, validation_alias="LIMNER_USER_UPLOADS")
    min_free_mb: int = Field(default=200, ge=0, validation_alias="LIMNER_MIN_FREE_MB")
    feature_file: Path = Field(default=Path("face_features.json"), validation_alias="LIMNER_FEATURES")

    host: str = Field(default="127.0.0.1", validation_alias="LIMNER_HOST")
    port: int = Field(default=8480, ge=0, le=65535, validation_alias="LIMNER_PORT")
    public_url: str | None = None
    playground_port: int = Field(default=8400, ge=0, le=65535)
    playground: Literal["discord", "providers", "off", ""] = Field(
        default="", validation_alias="LIMNER_PLAYGROUND"
    )

    fal_key: SecretStr | None = None
    bfl_api_key: SecretStr | None = None
    modelslab_api_key: SecretStr | None = None
    openai_api_key: SecretStr | None = None

    fal_queue_url: str = "https://queue.fal.run"
    fal_rest_url: str = "https://rest.fal.ai"
    bfl_url: str = "https://api.bfl.ai"
    modelslab_url: str = "https://modelslab.com"
    openai_url: str = "https://api.openai.com/v1"

    master_key: SecretStr | None = Field(default=None, validation_alias="LIMNER_MASTER_KEY")
    master_key_file: Path | None = Field(default=None, validation_alias="LIMNER_MASTER_KEY_FILE")
    old_master_key: SecretStr | None = Field(default=None, validation_alias="LIMNER_OLD_MASTER_KEY")
    old_master_key_file: Path | None = Field(default=None, validation_alias="LIMNER_OLD_MASTER_KEY_FILE")

    operators: Ids = Field(default=frozenset(), validation_alias="LIMNER_OPERATORS")
    key_servers: Ids = Field(default=frozenset(), validation_alias="LIMNER_KEY_SERVERS")
    daily_cap_usd: Decimal = Field(
        default=Decimal(5), ge=0, le=100_000, validation_alias="LIMNER_DAILY_CAP_USD"
    )
    user_daily_cap_usd: Decimal = Field(
        default=Decimal("0.5"), ge=0, le=100_000, validation_alias="LIMNER_USER_DAILY_CAP_USD"
    )

    prices: Prices = Field(default={}, validation_alias="LIMNER_PRICES")

    open_jobs_per_user: int = Field(default=12, ge=1, le=1000, validation_alias="LIMNER_OPEN_JOBS")
    open_jobs_per_server: int = Field(
        default=200, ge=1, le=100_000, validation_alias="LIMNER_SERVER_OPEN_JOBS"
    )
    open_jobs: int = Field(default=10_000, ge=1, le=1_000_000, validation_alias="LIMNER_ALL_OPEN_JOBS")
    running_per_user: int = Field(default=4, ge=1, le=1000, validation_alias="LIMNER_USER_RUNNING")
    running_per_server: int = Field(default=20, ge=1, le=10_000, validation_alias="LIMNER_SERVER_RUNNING")

    most_characters: int = Field(default=100, ge=0, le=10_000, validation_alias="LIMNER_CHARACTERS")

    alert_channel: int | None = Field(default=None, ge=1, validation_alias="LIMNER_ALERT_CHANNEL")
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, validation_alias="LIMNER_METRICS_TOKEN"
    )
    health_port: int | None = Field(default=None, ge=0, le=65535, validation_alias="LIMNER_HEALTH_PORT")

    drain_s: int = Field(default=180, ge=0, le=3600, validation_alias="LIMNER_DRAIN_S")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["console", "json"] = "console"

    @field_validator("operators", "key_servers", mode="before")
    @classmethod
    def _split_ids(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError("expected Discord ids (digits) with commas between them")
        return frozenset(int(part) for part in parts)

    @field_validator("prices", mode="before")
    @classmethod
    def _split_prices(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        prices: dict[str, int] = {}
        for place, entry in enumerate(value.replace(",", " ").split(), start=1):
            match = _PRICE.fullmatch(entry)
            if match is None or Decimal(match[2]) > DEAREST_USD:
                raise ValueError(
                    f"entry {place}: expected model=dollars, 0..{DEAREST_USD}, such as fal/flux-realism=0.03"
                )
            if match[1].lower() in prices:
                raise ValueError(f"entry {place}: the same model twice")
            prices[match[1].lower()] = int(Decimal(match[2]) * MICRO_USD_PER_USD)
        return prices

    @field_validator(
        "discord_api_url",
        "discord_gateway_url",
        "aws_endpoint_url",
        "public_url",
        "fal_queue_url",
        "fal_rest_url",
        "bfl_url",
        "modelslab_url",
        "openai_url",
    )
    @classmethod
    def _strip_slash(cls, value: str | None) -> str | None:
        return None if value is None else value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str | None) -> str | None:
        address = urlsplit(value or "")
        is_here = address.scheme == "http" and address.hostname in {"127.0.0.1", "localhost"}
        if value is not None and not (is_here or (address.scheme == "https" and address.hostname)):
            raise ValueError("expected an https address (plain http only on this machine)")
        return value

    @model_validator(mode="after")
    def _check_master_key(self) -> Self:
        if self.is_postgresql and self.master_key is None and self.master_key_file is None:
            raise ValueError(
                "LIMNER_MASTER_KEY or LIMNER_MASTER_KEY_FILE: needed with PostgreSQL, all processes share it"
            )
        return self

    @property
    def is_postgresql(self) -> bool:
        """Return whether the database is a PostgreSQL server."""
        return self.database_url.startswith("postgresql")

    @property
    def resolved_database_url(self) -> str:
        """Return the database's address; by default `limner.db` in the data folder."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_folder.resolve() / 'limner.db'}"

    @property
    def needs_playground(self) -> bool:
        """Return whether the local Discord is started beside the bot."""
        if self.playground == "off":
            return False
        return self.discord_token is None and self.discord_api_url is None

    @property
    def is_play_money(self) -> bool:
        """Return whether all image services are stand-ins on this machine, which charge nobody."""
        return self.playground == "providers" and all(
            urlsplit(url).hostname == "127.0.0.1" for url in self.provider_urls
        )

    @property
    def provider_urls(self) -> tuple[str, ...]:
        """Return where the image services are asked: the hosts that may lie anywhere, in one's own network too."""
        return (self.fal_queue_url, self.fal_rest_url, self.bfl_url, self.modelslab_url, self.openai_url)

    @property
    def daily_cap_micro_usd(self) -> int:
        """Return what the operator's keys may spend a day in all."""
        return int(self.daily_cap_usd * MICRO_USD_PER_USD)

    @property
    def user_daily_cap_micro_usd(self) -> int:
        """Return what the operator's keys may spend a day for one person."""
        return int(self.user_daily_cap_usd * MICRO_USD_PER_USD)

    def provider_key(self, name: str) -> str | None:
        """Return the operator's key for a provider, None where there is none."""
        keys = {
            "fal": self.fal_key,
            "bfl": self.bfl_api_key,
            "modelslab": self.modelslab_api_key,
            "openai": self.openai_api_key,
        }
        secret = keys.get(name)
        return (
            None
            if secret is None or not secret.get_secret_value().strip()
            else secret.get_secret_value().strip()
        )


def _variable(location: tuple[int | str, ...]) -> str:
    if not location:
        return ""
    name = str(location[0])
    known = Settings.model_fields.get(name)
    alias = known.validation_alias if known is not None else None
    return (alias if isinstance(alias, str) else name).upper()


def read_crash_at() -> str:
    """Return where the kill harness wants this process to die (`LIMNER_CRASH_AT`), "" for an ordinary start.

    It is no setting: a `.env` file cannot hold it, and nothing else may depend on it.
    """
    return os.environ.get("LIMNER_CRASH_AT", "")


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Return the settings of the environment and of `env_file` (the environment wins).

    Raises StartError that names every variable in trouble and what to set; values are never repeated, they may be keys.
    """
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        problems = [
            f"  {_variable(item['loc'])}: {item['msg'].removeprefix('Value error, ')}".replace("  : ", "  ")
            for item in error.errors(include_input=False, include_url=False)
        ]
        message = (
            "The settings cannot be used:\n" + "\n".join(problems) + "\nEach is explained in .env.example."
        )
        raise StartError("bad_settings", message) from None
