"""Read what a request has to show: its pictures, what did not come, and where it goes."""

from dataclasses import replace
from typing import Any

from db.characters.character_pictures import Tag
from db.engine import Connection
from db.jobs import job_queries
from db.jobs.deliveries import DeliveryRow
from db.jobs.requests import RequestRow
from services.context import Context
from services.jobs import faults
from services.jobs.acceptance import TOKEN_LABEL, token_context
from services.jobs.courier import CharacterTag, FailedResult, PictureResult, RequestResult
from services.models import JobState, Origin, Payer, Recipe, Visibility
from services.recipes import recipe_from_json

Row = dict[str, Any]


def _tag(row: Row, recipe: Recipe) -> CharacterTag | None:
    """Return of which character a picture is; None for one of none, or of one that was deleted."""
    tag: Tag | None = row.get("tag")
    if tag is None or recipe.character is None:
        return None
    return CharacterTag(tag.name, recipe.character.version, tag.number)


def _is_private(row: Row, recipe: Recipe) -> bool:
    """Return whether nobody but its owner has seen a picture, so that only they may change that.

    Made again in direct messages, a headshot is no longer private there, but still seen by nobody else.
    """
    is_unseen = row["guild_id"] is None and bool(recipe.references)
    return row["visibility"] == Visibility.PRIVATE or is_unseen


def picture_result(row: Row) -> PictureResult:
    """Return a finished picture of its row."""
    recipe = recipe_from_json(row["body"])
    return PictureResult(
        job_id=row["job_id"],
        code=row["code"],
        recipe=recipe,
        digest=row["digest"],
        image_format=row["format"],
        width=row["width"],
        height=row["height"],
        price_micro_usd=row["price_micro_usd"],
        cost_micro_usd=row["cost_micro_usd"],
        is_private=_is_private(row, recipe),
        payer=Payer(row["payer"]),
        provider_task=row["remote_id"] or "",
        is_given_back=row["released_at_ms"] is not None,
        request_kind=row["request_kind"],
        character=_tag(row, recipe),
        photo_until_ms=row.get("photo_until_ms"),
    )


def failed_result(row: Row) -> FailedResult:
    """Return why a picture did not come, of its row."""
    error = row["error"] or {}
    return FailedResult(
        job_id=row["job_id"],
        code=str(error.get("code", row["state"])),
        state=row["state"],
        fields=faults.read_fields(error),
        reference=str(error.get("reference", "")),
        price_micro_usd=row["price_micro_usd"],
        model=row["model"],
        payer=Payer(row["payer"]),
        is_charged=error.get("charged") is True,
        has_details=error.get("has_details") is True,
        cost_micro_usd=row["cost_micro_usd"],
    )


def has_picture(row: Row) -> bool:
    """Return whether the picture exists and was not deleted by its owner."""
    return row["digest"] is not None and row["body"] is not None


def was_deleted(row: Row) -> bool:
    """Return whether there was a picture that its owner, or whoever runs the bot, has deleted: no failure."""
    return row["state"] == JobState.STORED and not has_picture(row)


def open_origin(context: Context, request: RequestRow) -> Origin:
    """Return the request's origin with its interaction token unsealed, None where it has none any more."""
    origin = request.origin
    if request.sealed_token is None:
        return origin
    token = context.master_key.open_sealed(TOKEN_LABEL, request.sealed_token, token_context(origin.id))
    return replace(origin, token=token.decode())


def read_rows(conn: Connection, delivery: DeliveryRow) -> list[Row]:
    """Return the picture rows of a delivery."""
    if delivery.job_id is None:
        return job_queries.picture_rows_of_request(conn, delivery.request_id)
    return job_queries.picture_rows(conn, [delivery.job_id])


def request_result(context: Context, request: RequestRow, delivery_id: int, rows: list[Row]) -> RequestResult:
    """Return everything that a request has to show."""
    return RequestResult(
        request_id=request.id,
        delivery_id=delivery_id,
        kind=request.kind,
        origin=open_origin(context, request),
        visibility=request.visibility,
        upload_limit_bytes=request.upload_limit_bytes,
        pictures=tuple(picture_result(row) for row in rows if has_picture(row)),
        failures=tuple(failed_result(row) for row in rows if not has_picture(row) and not was_deleted(row)),
        deleted=tuple(row["job_id"] for row in rows if was_deleted(row)),
    )
