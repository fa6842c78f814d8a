"""What whoever runs the service may ask of it, by name: over the control socket, or in a process of its own.

Arguments and answers are JSON, so that both ways give the same. Errors for the operator are StartErrors: complete, and
printed as they are.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from db.dialects.place import find_place
from services import backups, checkup, operator_fail, operator_jobs, takedowns
from services.backups import Plan
from services.context import Context
from services.errors import LimnerError, StartError
from services.models import JobState, JsonValue
from services.opened_store import address_of
from services.settings import Settings

Arguments = Mapping[str, JsonValue]
PushCommands = Callable[[bool], Awaitable[bool]]

MOST_LISTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Desk:
    """What a verb works with. `push_commands` gives Discord the commands; None where nobody is logged in."""

    context: Context
    settings: Settings
    push_commands: PushCommands | None = None


Verb = Callable[[Desk, Arguments], Awaitable[JsonValue]]


def _refused(text: str) -> StartError:
    return StartError("bad_arguments", text)


def _whole(arguments: Arguments, name: str, default: int | None = None) -> int | None:
    value = arguments.get(name, default)
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63
    ):
        raise _refused(f"{name}: expected a whole number, 0 or more.")
    return value


def _text(arguments: Arguments, name: str) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str):
        raise _refused(f"{name}: expected a text.")
    return value.strip()


def _ids(arguments: Arguments) -> list[int]:
    value = arguments.get("ids")
    ids = [each for each in value if isinstance(each, int) and each > 0] if isinstance(value, list) else []
    if not isinstance(value, list) or len(ids) != len(value) or not ids:
        raise _refused("ids: expected the numbers of jobs, which begin with 1.")
    if len(ids) > operator_jobs.MOST_AT_ONCE:
        raise _refused(
            f"{len(ids)} jobs at once are too many: {operator_jobs.MOST_AT_ONCE} at most, so that what is broken "
            "still shows before everything is ordered again."
        )
    return sorted(set(ids))


def _texts(arguments: Arguments, name: str) -> list[str]:
    value = arguments.get(name)
    return [each.strip() for each in value if isinstance(each, str)] if isinstance(value, list) else []


async def _list(desk: Desk, arguments: Arguments) -> JsonValue:
    state = _text(arguments, "state")
    if state and state not in set(JobState):
        raise _refused(f"state: there is no {state!r}; there is: {', '.join(JobState)}.")
    limit = min(_whole(arguments, "limit", 20) or 20, MOST_LISTED)
    return await operator_jobs.list_jobs(
        desk.context, [state] if state else [], _whole(arguments, "user"), limit
    )


async def _show(desk: Desk, arguments: Arguments) -> JsonValue:
    job_id = _ids(arguments)[0]
    return await operator_jobs.show_job(desk.context, job_id, with_prompt=arguments.get("prompt") is True)


async def _requeue(desk: Desk, arguments: Arguments) -> JsonValue:
    return await operator_jobs.requeue(
        desk.context,
        _ids(arguments),
        may_pay_twice=arguments.get("may_pay_twice") is True,
        is_plan=arguments.get("plan") is True,
    )


async def _fail(desk: Desk, arguments: Arguments) -> JsonValue:
    reason = _text(arguments, "reason")
    if not 0 < len(reason) <= operator_jobs.LONGEST_REASON:
        raise _refused(
            f"reason: a sentence for the job's owner, at most {operator_jobs.LONGEST_REASON} characters."
        )
    return await operator_fail.fail_job(desk.context, _ids(arguments)[0], reason)


def _images_of(settings: Settings) -> Path:
    """Return the folder of the pictures. Raises StartError where they are in a bucket."""
    folder = address_of(settings).folder
    if folder is None:
        raise _refused("--images: the pictures are in a bucket, which has its own copies. Leave it out.")
    return folder.resolve()


async def _back_up(desk: Desk, arguments: Arguments) -> JsonValue:
    settings = desk.settings
    place = find_place(settings.resolved_database_url, settings.data_folder)
    if place.file is None:
        raise _refused("PostgreSQL is copied with its own tools: pg_dump --format=custom --file=FILE.")
    target = Path(_text(arguments, "file"))
    if not arguments.get("file"):
        target = backups.new_name(settings.data_folder.resolve())
    plan = Plan(
        database=place.file,
        target=target,
        images=_images_of(settings) if arguments.get("images") is True else None,
        keep=_whole(arguments, "keep", 0) or 0,
    )
    made = await backups.back_up(plan)
    return {
        "file": str(made.file),
        "size_bytes": made.copied.size_bytes,
        "rows": sum(made.copied.rows.values()),
        "jobs": made.copied.rows.get("jobs", 0),
        "pictures": len(made.copied.pictures),
        "linked": made.linked,
        "missing": made.missing,
        "removed": [str(each) for each in made.removed],
    }


async def _sync(desk: Desk, arguments: Arguments) -> JsonValue:
    if desk.push_commands is None:
        raise _refused("Nobody is logged in to Discord here.")
    return {"pushed": await desk.push_commands(arguments.get("force") is True)}


async def _check(desk: Desk, _arguments: Arguments) -> JsonValue:
    return [finding.to_json() for finding in await checkup.check_service(desk.context, desk.settings)]


async def _take_down(desk: Desk, arguments: Arguments) -> JsonValue:
    named = _texts(arguments, "named")
    if not named:
        raise _refused("named: expected a code, or digests of one picture.")
    return await takedowns.take_down(desk.context, named, _texts(arguments, "stamped"))


async def _list_takedowns(desk: Desk, _arguments: Arguments) -> JsonValue:
    return await takedowns.list_takedowns(desk.context)


async def _lift_takedown(desk: Desk, arguments: Arguments) -> JsonValue:
    return await takedowns.lift(desk.context, _text(arguments, "digest"))


VERBS: Final[Mapping[str, Verb]] = MappingProxyType(
    {
        "jobs.list": _list,
        "jobs.show": _show,
        "jobs.requeue": _requeue,
        "jobs.fail": _fail,
        "backup": _back_up,
        "sync": _sync,
        "doctor": _check,
        "takedown.add": _take_down,
        "takedown.list": _list_takedowns,
        "takedown.remove": _lift_takedown,
    }
)


async def perform(desk: Desk, verb: str, arguments: Arguments) -> JsonValue:
    """Return the answer of a verb. Raises StartError with a sentence for whoever asked."""
    known = VERBS.get(verb)
    if known is None:
        raise _refused(f"This version knows no {verb!r}.")
    try:
        return await known(desk, arguments)
    except StartError:
        raise
    except LimnerError as error:
        raise StartError(error.code, f"{error.code}: {error}") from error
