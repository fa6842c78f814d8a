"""`bot.py doctor`: look at every part of the service and say what to do; exit code 1 where something is wrong."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Any, Final

import aiohttp

from cli.control import ask
from db.migrations import HEAD
from services.checkup import Finding, Level
from services.errors import StartError
from services.features import load_feature_file
from services.master_key_file import master_key_of
from services.redaction import register_secret
from services.settings import Settings, load_settings

DISCORD_API: Final = "https://discord.com/api/v10"
DISCORD_WITHIN_S: Final = 10.0


def _settings_and_files(settings: Settings) -> Iterator[Finding]:
    yield Finding(Level.OK, "settings", f"they can be used; this version's schema is {HEAD}")
    try:
        load_feature_file(settings.feature_file)
        yield Finding(Level.OK, "feature file", f"{settings.feature_file} can be used")
    except StartError as error:
        yield Finding(
            Level.FAIL, "feature file", str(error), "Mend it there; the start is refused until then."
        )
    has_key = settings.master_key is not None or settings.data_folder.exists()
    if not has_key:
        yield Finding(Level.WARN, "master key", "there is no data folder yet", "Start Limner once.")
        return
    try:
        yield Finding(Level.OK, "master key", f"{master_key_of(settings).id} is here")
    except StartError as error:
        yield Finding(Level.FAIL, "master key", str(error), "See docs/operating.md, Another master key.")


async def _ask_discord(address: str, token: str) -> Finding:
    timeout = aiohttp.ClientTimeout(total=DISCORD_WITHIN_S)
    headers = {"Authorization": f"Bot {token}"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{address}/users/@me", headers=headers) as response,
        ):
            status = response.status
            name = str((await response.json()).get("username")) if status == 200 else ""
    except (aiohttp.ClientError, OSError, ValueError) as error:
        todo = "Look at this machine's network and at Discord's status page."
        return Finding(Level.FAIL, "Discord", f"it cannot be reached ({type(error).__name__})", todo)
    if status == 401:
        return Finding(Level.FAIL, "Discord", "it refuses DISCORD_TOKEN", "Set the bot's current token.")
    if status != 200:
        return Finding(Level.WARN, "Discord", f"it answers {status}", "Try again later.")
    return Finding(Level.OK, "Discord", f"it knows the bot as {name}; no privileged intent is needed")


def _discord(settings: Settings) -> Finding:
    if settings.discord_token is None:
        if settings.needs_playground:
            return Finding(Level.OK, "Discord", "no DISCORD_TOKEN: a local Discord is started beside the bot")
        return Finding(Level.FAIL, "Discord", "DISCORD_TOKEN is not set", "Set the bot's token.")
    token = settings.discord_token.get_secret_value()
    register_secret(token)
    return asyncio.run(_ask_discord(settings.discord_api_url or DISCORD_API, token))


def _from_json(value: dict[str, Any]) -> Finding:
    return Finding(Level(value["level"]), str(value["part"]), str(value["says"]), str(value["todo"]))


def _service() -> Iterator[Finding]:
    """Give what the service itself finds: the running one, or one that is opened for it."""
    try:
        answer = ask("doctor", {})
    except StartError as error:
        level = Level.WARN if error.code == "no_database" else Level.FAIL
        yield Finding(level, "service", str(error), "Do what it says, then run this again.")
        return
    for each in answer if isinstance(answer, list) else ():
        if isinstance(each, dict):
            yield _from_json(each)


def look() -> Iterator[Finding]:
    """Give every finding, the cheapest first."""
    try:
        settings = load_settings()
    except StartError as error:
        yield Finding(Level.FAIL, "settings", str(error), "Set what it names; see .env.example.")
        return
    yield from _settings_and_files(settings)
    yield _discord(settings)
    yield from _service()


def _line(finding: Finding) -> str:
    todo = f"\n      -> {finding.todo}" if finding.todo and finding.level is not Level.OK else ""
    says = finding.says.replace("\n", "\n      ")
    return f"{finding.level:<4}  {finding.part}: {says}{todo}"


def main(argv: list[str]) -> int:
    """Return 0, or 1 where a part does not work; warnings are no failure."""
    parser = argparse.ArgumentParser(prog="bot.py doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="as JSON, one list")
    arguments = parser.parse_args(argv)
    found: list[Finding] = []
    for finding in look():
        found.append(finding)
        if not arguments.json:
            print(_line(finding), flush=True)
    if arguments.json:
        json.dump([finding.to_json() for finding in found], sys.stdout)
        print()
    return 1 if any(finding.level is Level.FAIL for finding in found) else 0
