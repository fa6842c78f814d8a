"""The one transaction that accepts a request: caps, request, recipes and jobs, or nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.engine import Connection

from db.characters import character_pictures
from db.dialects.together import Part, id_of, together
from db.jobs import fairness, jobs, recipes, requests, role_weights
from db.jobs.asking import read_asker
from db.jobs.fairness import Line, Stand, Turn
from db.jobs.job_queries import Spending
from db.jobs.new_jobs import NewJob, in_line
from db.money import budgets, ledger
from db.money.ledger_sums import LIMITED
from db.people import people, preferences, provider_keys
from db.pictures.storage_use import check_used
from services.errors import BugError, LimitError, NotAllowedError, UserError
from services.models import OPERATORS_ACCOUNT, Account, Installation, JsonValue, Origin, Payer, Visibility


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
    safety: Mapping[str, str] = field(default_factory=dict)
    """Its parameters of safety as they count, for the caps of the server."""
    character_code: str = ""
    """Of the character that it is made of; it becomes one of its pictures."""


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request to accept. The interaction token is sealed already."""

    kind: str
    origin: Origin
    visibility: Visibility
    upload_limit_bytes: int
    sealed_token: bytes | None
    pictures: Sequence[NewPicture]
    role_ids: frozenset[int] = frozenset()
    """The roles that who asks has in the server."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What may be in line or in the works, and what the operator's keys may spend a day (UTC) in micro-dollars."""

    open_jobs_per_user: int
    user_daily_micro_usd: int
    total_daily_micro_usd: int
    open_jobs_per_server: int = 1_000_000
    open_jobs: int = 1_000_000
    """Of everybody together."""
    user_storage_bytes: int = 0
    """How much room one person's pictures may take up; 0 for as much as there is."""
    user_uploads: int = 500
    """How many pictures that they brought one person may keep."""


@dataclass(frozen=True, slots=True)
class AcceptedRows:
    """The rows that stand for a request; `is_new` False where its origin had been accepted before."""

    request_id: int
    job_ids: tuple[int, ...]
    codes: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """How it looks in line before a request joins it: the weight of who asks, open jobs, and each line it joins.

    `lines` are by (provider, account id). Seen a moment before the request is written, it is as good.
    """

    weight: int
    open_of_user: int
    open_of_server: int
    lines: Mapping[tuple[str, int], Line]


def _share_of(origin: Origin) -> int:
    is_installed_here = origin.installation is Installation.GUILD
    return fairness.share_of(origin.guild_id, origin.user_id, is_installed_here=is_installed_here)


def _stand(new: NewRequest, provider: str, account_id: int, weight: int) -> Stand:
    return Stand(provider, account_id, _share_of(new.origin), new.origin.user_id, weight)


def look(conn: Connection, new: NewRequest) -> Seen:
    """Return how it looks in line for a request; what its statements see need not agree (`Database.glance`)."""
    origin, share_id = new.origin, _share_of(new.origin)
    weight = role_weights.weight_of(conn, origin.guild_id, new.role_ids)
    accounts = {(each.provider, each.account.key_id or 0) for each in new.pictures}
    lines = {each: fairness.read_line(conn, _stand(new, *each, weight)) for each in accounts}
    any_line = next(iter(lines.values()))
    return Seen(
        weight=weight,
        open_of_user=any_line.open_of_user,
        open_of_server=any_line.open_of_share if share_id == origin.guild_id else 0,
        lines=lines,
    )


def _check_backlog(new: NewRequest, caps: Caps, seen: Seen, open_in_all: int) -> None:
    """Raise LimitError where a person, a server or everybody together has enough in line and in the works."""
    is_server = _share_of(new.origin) == new.origin.guild_id
    backlogs = (
        ("too_many_waiting", seen.open_of_user, caps.open_jobs_per_user, True),
        ("server_line_full", seen.open_of_server, caps.open_jobs_per_server, is_server),
        ("line_full", open_in_all, caps.open_jobs, True),
    )
    for code, waiting, allowed, counts in backlogs:
        if counts and waiting + len(new.pictures) > allowed:
            asked = len(new.pictures)
            raise LimitError(code, retry_after_s=None, waiting=waiting, allowed=allowed, asked=asked)


def _price(new: NewRequest) -> int:
    """Return what the operator's keys are to pay."""
    return sum(each.price_micro_usd for each in new.pictures if each.account.payer is Payer.OPERATOR)


def _check_money(price: int, caps: Caps, spent: Spending | None) -> None:
    if spent is None:
        return
    wait_s = spent.seconds_to_midnight
    if spent.user_micro_usd + price > caps.user_daily_micro_usd:
        raise LimitError(
            "user_daily_cap",
            retry_after_s=wait_s if price <= caps.user_daily_micro_usd else None,
            price_micro_usd=price,
            spent_micro_usd=spent.user_micro_usd,
            cap_micro_usd=caps.user_daily_micro_usd,
        )
    if spent.total_micro_usd + price > caps.total_daily_micro_usd:
        raise LimitError("daily_cap", retry_after_s=wait_s, price_micro_usd=price)


def _check_budgets(conn: Connection, new: NewRequest) -> None:
    """Raise LimitError where the server's budgets do not cover what its key or the operator's would pay."""
    price = sum(each.price_micro_usd for each in new.pictures if each.account.payer in LIMITED)
    origin = new.origin
    if price > 0 and origin.guild_id is not None:
        budgets.check_budgets(conn, origin.guild_id, origin.user_id, new.role_ids, price)


def _check_keys(conn: Connection, new: NewRequest) -> None:
    """Raise UserError where a key that is to pay was removed since the price was said."""
    key_ids = {picture.account.key_id for picture in new.pictures} - {None}
    if not all(provider_keys.is_in_use(conn, key_id) for key_id in key_ids if key_id is not None):
        raise UserError("key_removed", "the key was removed in the meantime")


def _check_rules(conn: Connection, new: NewRequest) -> None:
    """Raise NotAllowedError where the server's rules do not let these be painted.

    Whoever asked was told so already, unless the process that asked had not heard of the rules yet.
    """
    if new.origin.guild_id is None:
        return
    rules = preferences.read_rules(conn, new.origin.guild_id)
    for each in new.pictures:
        if not rules.allows(each.provider, each.model) or not rules.is_strict_enough(each.safety):
            raise NotAllowedError("rules_changed", f"{each.model} is against the rules of the server")


def _read_accepted(conn: Connection, request_id: int) -> AcceptedRows:
    found = jobs.jobs_of_request(conn, request_id)
    return AcceptedRows(
        request_id, tuple(job.id for job in found), tuple(job.recipe_code for job in found), is_new=False
    )


def _request(new: NewRequest) -> Part:
    return requests.inserting(
        kind=new.kind,
        origin=new.origin,
        visibility=new.visibility,
        upload_limit_bytes=new.upload_limit_bytes,
        sealed_token=new.sealed_token,
    )


def _picture(new: NewRequest, request_id: int | None, position: int, turn: Turn) -> dict[str, Part]:
    """Return what puts a picture in line, and before it the request where that has no id yet."""
    picture = new.pictures[position]
    recipe = recipes.inserting(
        code=picture.code,
        user_id=new.origin.user_id,
        parent_code=picture.parent_code,
        body=picture.body,
    )
    job = NewJob(
        request_id=request_id,
        position=position,
        user_id=new.origin.user_id,
        guild_id=new.origin.guild_id,
        provider=picture.provider,
        model=picture.model,
        price_micro_usd=picture.price_micro_usd,
        account=picture.account,
    )
    request = {"request": _request(new)} if request_id is None else {}
    return {
        **request,
        "recipe": recipe,
        "job": in_line(job, _share_of(new.origin), turn),
        **ledger.holding(
            job.price_micro_usd, job.account, job.provider, user_id=job.user_id, guild_id=job.guild_id
        ),
    }  # fmt: skip


def _insert(conn: Connection, new: NewRequest, seen: Seen) -> tuple[int, tuple[int, ...]]:
    """Write a request and put every picture in line, each at the turn that follows the one before; return their ids."""
    lines, job_ids, request_id = dict(seen.lines), [], None
    for position, picture in enumerate(new.pictures):
        account = (picture.provider, picture.account.key_id or 0)
        turn = fairness.take_turn(conn, _stand(new, *account, seen.weight), lines[account])
        lines[account] = fairness.after(lines[account], turn)
        done = together(conn, **_picture(new, request_id, position, turn))
        request_id = id_of(done, "request") if request_id is None else request_id
        job_ids.append(id_of(done, "job"))
    if request_id is None:
        raise BugError("no_pictures", "a request for nothing")
    return request_id, tuple(job_ids)


def _await_pictures(conn: Connection, new: NewRequest, job_ids: Sequence[int]) -> None:
    """Note which of the pictures are of a character. Without any, nothing is written."""
    made_of: dict[str, list[int]] = {}
    for picture, job_id in zip(new.pictures, job_ids, strict=True):
        if picture.character_code:
            made_of.setdefault(picture.character_code, []).append(job_id)
    for code, jobs_of_it in made_of.items():
        character_pictures.await_pictures(conn, code, jobs_of_it)


def accept(
    conn: Connection, new: NewRequest, caps: Caps, *, open_in_all: int = 0, seen: Seen | None = None
) -> AcceptedRows:
    """Accept a request, or return the one that the same origin led to before.

    `open_in_all` is how many jobs of everybody are in line or in the works, which need not be exact. `seen` is what
    `look` saw just before; without it, it is looked at in here, where on PostgreSQL the transaction then conflicts with
    every other one that moves a job in the same line.

    Raises LimitError where a cap is reached, UserError("key_removed") where a key that is to pay is gone,
    NotAllowedError("rules_changed") where the server's rules forbid it,
    ConflictError where a code is taken or another process accepted the same origin now; nothing is written then.
    """
    price = _price(new)
    asker = read_asker(conn, new.origin, has_quota=caps.user_storage_bytes > 0, has_price=price > 0)
    if asker.earlier_request_id is not None:
        return _read_accepted(conn, asker.earlier_request_id)
    seen = seen or look(conn, new)
    _check_backlog(new, caps, seen, open_in_all)
    check_used(asker.used_bytes, caps.user_storage_bytes)
    _check_money(price, caps, asker.spent)
    if asker.is_limited:
        _check_budgets(conn, new)
    _check_keys(conn, new)
    if asker.is_ruled:
        _check_rules(conn, new)
    if not asker.is_known:
        people.remember_person(conn, new.origin.user_id, new.origin.guild_id)
    request_id, job_ids = _insert(conn, new, seen)
    _await_pictures(conn, new, job_ids)
    return AcceptedRows(request_id, job_ids, tuple(picture.code for picture in new.pictures), is_new=True)
