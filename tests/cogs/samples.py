"""Values that the presentation tests share."""

from types import MappingProxyType
from typing import Any

from discord import ui

from services.jobs.courier import FailedResult, PictureResult, ProgressReport, RequestResult
from services.models import (
    DrawnFeature,
    Dropped,
    JsonValue,
    Origin,
    OriginKind,
    Recipe,
    RecipeKind,
    Visibility,
)

FACE = (DrawnFeature("Shape", "Nose", "aquiline"), DrawnFeature("Color", "Eye", "green"))

INJECTIONS = (
    "@everyone",
    "<@&1>",
    "<@1>",
    "@\u200beveryone",
    "``` ` ```",
    "[x](https://evil.example)",
    "||spoiler||",
    "# big",
    "-# small",
    "<t:0>",
    "https://evil.example/a_b",
    "discord.gg/abc",
    "</help:1>",
    "<#1>",
    "\\@here",
    "**x** __y__ ~~z~~",
    "a\n# b\n> c\n- d\n1. e",
)
"""Texts that would ping, link, embed or format if they were not escaped."""

ORIGIN = Origin(
    OriginKind.INTERACTION, "1", user_id=7, channel_id=8, guild_id=9, application_id=10, token="t"
)


def recipe(**changes: object) -> Recipe:
    fields: dict[str, Any] = {
        "kind": RecipeKind.PORTRAIT,
        "prompt": "A person with a nose.",
        "provider": "sketch",
        "model": "sketch",
        "model_version": "1",
        "image_seed": 11,
        "prompt_seed": 22,
        "features": FACE,
    }
    return Recipe(**{**fields, **changes})


def imagined(prompt: str = "a lighthouse", **changes: object) -> Recipe:
    return recipe(kind=RecipeKind.IMAGINE, prompt=prompt, prompt_seed=None, features=(), **changes)


def picture(job_id: int = 1, made_by: Recipe | None = None, **changes: object) -> PictureResult:
    fields: dict[str, Any] = {
        "job_id": job_id,
        "code": f"{job_id:08d}",
        "recipe": made_by or recipe(),
        "digest": "0" * 64,
        "image_format": "png",
        "width": 1024,
        "height": 1024,
        "price_micro_usd": 0,
        "cost_micro_usd": None,
    }
    return PictureResult(**{**fields, **changes})


def failure(job_id: int = 5, code: str = "gave_up", **fields: JsonValue) -> FailedResult:
    return FailedResult(job_id, code, "failed", MappingProxyType(fields), "12ab34cd")


def result(*pictures: PictureResult, **changes: object) -> RequestResult:
    fields: dict[str, Any] = {
        "request_id": 1,
        "delivery_id": 2,
        "kind": "portrait",
        "origin": ORIGIN,
        "visibility": Visibility.PUBLIC,
        "upload_limit_bytes": 10 * 1024 * 1024,
        "pictures": pictures,
        "failures": (),
    }
    return RequestResult(**{**fields, **changes})


def progress(**changes: object) -> ProgressReport:
    fields: dict[str, Any] = {
        "request_id": 1,
        "first_job_id": 3,
        "origin": ORIGIN,
        "visibility": Visibility.PUBLIC,
        "model": "sketch",
        "pictures_done": 0,
        "pictures_total": 1,
        "place": None,
        "fraction": None,
        "log_line": None,
        "elapsed_s": 5.0,
        "expected_s": 10.0,
    }
    return ProgressReport(**{**fields, **changes})


DROPPED = tuple(Dropped(f"parameter_{n}", "this model has none " * 5) for n in range(60))


def text_of(view: ui.LayoutView) -> str:
    """Return everything that the view says."""
    return "\n".join(item.content for item in view.walk_children() if isinstance(item, ui.TextDisplay))


def custom_ids(view: ui.LayoutView) -> list[str]:
    """Return the ids of its buttons and selects, in order."""
    return [
        item.custom_id
        for item in view.walk_children()
        if isinstance(item, ui.Button | ui.Select) and item.custom_id
    ]
