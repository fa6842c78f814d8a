"""The one transaction that accepts a request: caps, request, recipes and jobs, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from db import job_queries, jobs, people, provider_keys, recipes, requests
from services.errors import LimitError, UserError
from services.models import OPERATORS_ACCOUNT, Account, JsonValue, Origin, Payer, Visibility


@dataclass(frozen=True, slots=True)
class NewPicture:
    """One picture to accept: its code, recipe as JSON and price."""

    code: str
    body: dict[str, JsonValue]
    parent_code: str | None
    provider: str
    model: str
    price_micro_usd: int
    account: Account = OPERATORS_ACCOUNT


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to accept. The interaction token is sealed already."""

    kind: str
    origin: Origin
    visibility: Visibility
    upload_limit_bytes: int
    sealed_token: bytes | None
    pictures: Sequence[NewPicture]


@dataclass(frozen=True, slots=True)
class Caps:
    """What one user may have in the works, and what the operator's keys may spend a day (UTC) in micro-dollars."""

    open_jobs_per_user: int
    user_daily_micro_usd: int
    total_daily_micro_usd: int


@dataclass(frozen=True, slots=True)
class AcceptedRows:
    """The rows that stand for a request; `is_new` False where its origin had been accepted before."""

    request_id: int
    job_ids: tuple[int, ...]
    codes: tuple[str, ...]
    is_new: bool


def _check_backlog(conn: Connection, new: NewRequest, caps: Caps) -> None:
    waiting = job_queries.count_open_jobs(conn, new.origin.user_id)
    if waiting + len(new.pictures) > caps.open_jobs_per_user:
        raise LimitError(
            "too_many_waiting", retry_after_s=None, waiting=waiting, allowed=caps.open_jobs_per_user
        )


def _check_money(conn: Connection, new: NewRequest, caps: Caps) -> None:
    price = sum(each.price_micro_usd for each in new.pictures if each.account.payer is Payer.OPERATOR)
    if price == 0:
        return
    spent = job_queries.read_spending(conn, new.origin.user_id)
    wait_s = spent.seconds_to_midnight
    if spent.user_micro_usd + price > caps.user_daily_micro_usd:
        raise LimitError(
            "user_daily_cap",
            retry_after_s=wait_s,
            price_micro_usd=price,
            spent_micro_usd=spent.user_micro_usd,
            cap_micro_usd=caps.user_daily_micro_usd,
        )
    if spent.total_micro_usd + price > caps.total_daily_micro_usd:
        raise LimitError("daily_cap", retry_after_s=wait_s, price_micro_usd=price)


def _check_keys(conn: Connection, new: NewRequest) -> None:
    """Raise UserError where a key that is to pay was removed since the price was said."""
    key_ids = {picture.account.key_id for picture in new.pictures} - {None}
    if not all(provider_keys.is_in_use(conn, key_id) for key_id in key_ids if key_id is not None):
        raise UserError("key_removed", "the key was removed in the meantime")


def _read_accepted(conn: Connection, request_id: int) -> AcceptedRows:
    found = jobs.jobs_of_request(conn, request_id)
    return AcceptedRows(
        request_id, tuple(job.id for job in found), tuple(job.recipe_code for job in found), is_new=False
    )


def _insert_picture(conn: Connection, new: NewRequest, request_id: int, position: int) -> int:
    picture = new.pictures[position]
    recipe_id = recipes.insert_recipe(
        conn,
        code=picture.code,
        user_id=new.origin.user_id,
        parent_code=picture.parent_code,
        body=picture.body,
    )
    return jobs.insert_job(
        conn,
        jobs.NewJob(
            request_id=request_id,
            position=position,
            recipe_id=recipe_id,
            user_id=new.origin.user_id,
            guild_id=new.origin.guild_id,
            provider=picture.provider,
            model=picture.model,
            price_micro_usd=picture.price_micro_usd,
            account=picture.account,
        ),
    )


def accept(conn: Connection, new: NewRequest, caps: Caps) -> AcceptedRows:
    """Accept a request, or return the one that the same origin led to before.

    Raises LimitError where a cap is reached, UserError("key_removed") where a key that is to pay is gone,
    ConflictError where a code is taken or another process accepted the same origin now; nothing is written then.
    """
    earlier = requests.find_by_origin(conn, new.origin.kind, new.origin.id)
    if earlier is not None:
        return _read_accepted(conn, earlier)
    _check_backlog(conn, new, caps)
    _check_money(conn, new, caps)
    _check_keys(conn, new)
    people.remember_person(conn, new.origin.user_id, new.origin.guild_id)
    request_id = requests.insert_request(
        conn,
        kind=new.kind,
        origin=new.origin,
        visibility=new.visibility,
        upload_limit_bytes=new.upload_limit_bytes,
        sealed_token=new.sealed_token,
    )
    job_ids = tuple(_insert_picture(conn, new, request_id, position) for position in range(len(new.pictures)))
    return AcceptedRows(request_id, job_ids, tuple(picture.code for picture in new.pictures), is_new=True)
