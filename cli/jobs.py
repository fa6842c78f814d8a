"""`bot.py jobs`: list and look at jobs, try them again, end them; beside a running bot, or by itself."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from cli.control import ask, carry_out
from services.errors import StartError
from services.models import JobState, JsonValue
from services.operator_verbs import MOST_LISTED

_TIMES: Final = ("at_ms", "before_ms", "until_ms")
"""How the names of times end."""
_MONEY: Final = "_micro_usd"


def _count(text: str) -> int:
    """Return a number of jobs to list. Raises argparse.ArgumentTypeError with what is expected."""
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= MOST_LISTED:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_LISTED}, found {text!r}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bot.py jobs", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    listed = verbs.add_parser("list", help="the newest jobs; shows nobody's words")
    listed.add_argument("--state", choices=[str(state) for state in JobState], help="of this state only")
    listed.add_argument("--user", type=int, metavar="ID", help="of this person only")
    listed.add_argument("--limit", type=_count, default=20, metavar="N", help="how many (default 20)")
    shown = verbs.add_parser("show", help="everything about one job")
    shown.add_argument("id", type=int)
    shown.add_argument("--prompt", action="store_true", help="also the recipe: what its owner wrote")
    again = verbs.add_parser("requeue", help="try jobs again where nothing is paid twice")
    again.add_argument("ids", type=int, nargs="+", metavar="ID")
    again.add_argument("--yes", action="store_true", help="do not ask")
    again.add_argument(
        "--may-pay-twice", action="store_true", help="also order anew what may have been paid, as a new job"
    )
    failed = verbs.add_parser("fail", help="end an open job; its owner is told and has the price back")
    failed.add_argument("id", type=int)
    failed.add_argument("--reason", required=True, help="a sentence for its owner")
    for one in (listed, shown):
        one.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _time(value: object) -> str:
    return f"{datetime.fromtimestamp(value / 1000, UTC):%Y-%m-%d %H:%M:%S}" if isinstance(value, int) else "-"


def _rows(value: JsonValue) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _error_code(job: Mapping[str, Any]) -> str:
    return str((job.get("error") or {}).get("code", ""))


def table_of(jobs: list[dict[str, Any]]) -> Iterator[str]:
    """Give the lines of a list of jobs."""
    if not jobs:
        yield "No such jobs."
        return
    yield f"{'job':>8}  {'state':<10}  {'asked (UTC)':<19}  {'user':>20}  {'model':<32}  error"
    for job in jobs:
        asked = _time(job["created_at_ms"])
        yield (
            f"{job['id']:>8}  {job['state']:<10}  {asked:<19}  {job['user_id']:>20}  {job['model']:<32}  "
            f"{_error_code(job)}"
        ).rstrip()


def _shown(name: str, value: object) -> str:
    """Return a field as people read it: times in UTC and money in dollars, which then are in no name."""
    if name.endswith(_TIMES):
        return f"{name.removesuffix('_ms')}: {_time(value)}"
    if name.endswith(_MONEY) and isinstance(value, int):
        sign = "-" if value < 0 else ""
        return f"{name.removesuffix(_MONEY)}: {sign}${abs(value) / 1_000_000:.6f}"
    said = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
    return f"{name}: {said}"


def _lines(row: Mapping[str, Any], indent: str) -> Iterator[str]:
    """Give a line for each field that is known, and the lists of it below."""
    for name, value in row.items():
        if isinstance(value, list):
            yield f"{indent}{name}:" + ("" if value else " none")
            for number, each in enumerate(value, start=1):
                yield f"{indent}  {number}."
                yield from _lines(each, indent + "    ")
        elif value is not None:
            yield f"{indent}{_shown(name, value)}"


def _confirm(arguments: argparse.Namespace) -> bool:
    """Show what would be done and ask; True where it is to be done."""
    asked = {"ids": arguments.ids, "may_pay_twice": arguments.may_pay_twice, "plan": True}
    for each in _rows(ask("jobs.requeue", asked)):
        print(f"job {each['job']} {each['says']}")
    if not sys.stdin.isatty():
        raise StartError("not_confirmed", "Nothing was done: add --yes to do it without being asked.")
    return input("Do this? [y/N] ").strip().lower() in {"y", "yes"}


def _requeue(arguments: argparse.Namespace) -> None:
    if not arguments.yes and not _confirm(arguments):
        print("Nothing was done.")
        return
    asked = {"ids": arguments.ids, "may_pay_twice": arguments.may_pay_twice}
    for each in _rows(ask("jobs.requeue", asked)):
        print(f"job {each['job']} {each['says']}")


def _list(arguments: argparse.Namespace) -> None:
    asked = {"state": arguments.state or "", "user": arguments.user, "limit": arguments.limit}
    found = ask("jobs.list", asked)
    print(json.dumps(found) if arguments.json else "\n".join(table_of(_rows(found))))


def _show(arguments: argparse.Namespace) -> None:
    found = ask("jobs.show", {"ids": [arguments.id], "prompt": arguments.prompt})
    shown = found if isinstance(found, dict) else {}
    print(json.dumps(found) if arguments.json else "\n".join(_lines(shown, "")))


def _fail(arguments: argparse.Namespace) -> None:
    said = ask("jobs.fail", {"ids": [arguments.id], "reason": arguments.reason})
    print(said["says"] if isinstance(said, dict) else said)


_VERBS: Final = {"list": _list, "show": _show, "requeue": _requeue, "fail": _fail}


def main(argv: list[str]) -> int:
    """Return 0, or 2 with the reason on stderr."""
    return carry_out(_parser().parse_args(argv), _VERBS)
