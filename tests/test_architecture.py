"""The whole product keeps the rules of `tests/architecture_rules.py`, and every rule can fail."""

import pytest

from tests.architecture_rules import (
    LONGEST_FILE,
    LONGEST_FUNCTION,
    MAY_IMPORT,
    PARTS,
    RULES,
    Rule,
    Source,
    discord_at_its_edge,
    environment_in_settings,
    import_direction,
    kept_tasks,
    named_image_formats,
    part_of,
    providers_by_contract,
    read_sources,
    short_files,
    short_functions,
    sql_in_db,
    standard_library_only,
    transactions_as_functions,
    web_server_at_its_edge,
)

SOURCES = read_sources()

BAD: tuple[tuple[Rule, str, str, int], ...] = (
    (import_direction, "services/portraits.py", "from cogs import _present", 1),
    (import_direction, "services/portraits.py", "import services.web.app", 1),
    (import_direction, "services/jobs/engine.py", "\nfrom services import portraits", 2),
    (import_direction, "services/jobs/engine.py", "from services.portraits import create_portrait", 1),
    (import_direction, "services/providers/fal.py", "from services.context import Context", 1),
    (import_direction, "services/providers/fal.py", "from ..jobs import engine", 1),
    (import_direction, "services/images/store.py", "from db.engine import Database", 1),
    (import_direction, "services/models.py", "from services.providers import base", 1),
    (import_direction, "db/jobs/jobs.py", "from services.jobs.courier import Rung", 1),
    (import_direction, "db/money/ledger.py", "from db.jobs import moves", 1),
    (import_direction, "db/tables/schema.py", "from db.engine import Database", 1),
    (import_direction, "cogs/portrait.py", "from services.web.app import WebEdge", 1),
    (import_direction, "services/web/app.py", "def late() -> None:\n    import cogs._client", 2),
    (import_direction, "playground/discord/app.py", "from services.errors import UserError", 1),
    (import_direction, "cogs/portrait.py", "import tests.databases", 1),
    (discord_at_its_edge, "services/portraits.py", "import discord", 1),
    (discord_at_its_edge, "services/portraits.py", "from discord.ext import commands", 1),
    (web_server_at_its_edge, "services/http.py", "from aiohttp import web", 1),
    (web_server_at_its_edge, "cogs/portrait.py", "import aiohttp\n\napp = aiohttp.web.Application()", 3),
    (sql_in_db, "services/history.py", "import sqlalchemy as sa", 1),
    (sql_in_db, "cogs/show.py", "from sqlalchemy.engine import Connection", 1),
    (sql_in_db, "services/history.py", "import sqlite3", 1),
    (environment_in_settings, "services/logs.py", 'import os\n\nLEVEL = os.environ["LOG_LEVEL"]', 3),
    (environment_in_settings, "bot.py", 'import os\n\nos.getenv("DISCORD_TOKEN")', 3),
    (environment_in_settings, "bot.py", "from os import environ", 1),
    (
        providers_by_contract,
        "services/portraits.py",
        "from services.providers.sketch.adapter import SketchProvider",
        1,
    ),
    (providers_by_contract, "services/portraits.py", "from services.providers import fal", 1),
    (standard_library_only, "services/models.py", "import pydantic", 1),
    (standard_library_only, "services/errors.py", "from services.models import JsonValue", 1),
    (
        transactions_as_functions,
        "db/jobs/jobs.py",
        "async def f(e):\n    async with e.begin() as c:\n        pass",
        2,
    ),
    (transactions_as_functions, "services/history.py", "def f(e):\n    with e.connect():\n        pass", 2),
    (kept_tasks, "services/jobs/engine.py", "import asyncio\n\nasyncio.create_task(work())", 3),
    (kept_tasks, "cogs/portrait.py", "loop.create_task(work())", 1),
    (kept_tasks, "cogs/portrait.py", "asyncio.ensure_future(work())", 1),
    (named_image_formats, "services/images/guard.py", "from PIL import Image\n\nImage.open(path)", 3),
    (named_image_formats, "services/images/guard.py", "import PIL.Image\n\nPIL.Image.open(path)", 3),
    (short_files, "services/portraits.py", "x = 1\n" * (LONGEST_FILE + 1), LONGEST_FILE + 1),
    (short_functions, "services/portraits.py", "async def long():\n" + "    x = 1\n" * LONGEST_FUNCTION, 1),
)

GOOD: tuple[tuple[Rule, str, str], ...] = (
    (import_direction, "services/portraits.py", "from services.jobs.acceptance import accept\nimport json"),
    (import_direction, "cogs/portrait.py", "from services import portraits\nfrom . import _present"),
    (import_direction, "db/jobs/moves.py", "from db.money import ledger\nfrom db.jobs import jobs"),
    (import_direction, "bot.py", "import cogs\nimport services.web.app\nimport db.engine"),
    (
        import_direction,
        "playground/discord/app.py",
        "from playground.discord.world import World\nfrom . import cdn",
    ),
    (discord_at_its_edge, "cogs/portrait.py", "import discord"),
    (discord_at_its_edge, "playground/page.py", "import playground.discord.app"),
    (web_server_at_its_edge, "services/web/app.py", "from aiohttp import web"),
    (web_server_at_its_edge, "services/http.py", "from aiohttp import ClientSession, web_exceptions"),
    (sql_in_db, "db/jobs/jobs.py", "import sqlalchemy as sa"),
    (environment_in_settings, "services/settings.py", "import os\n\nos.environ"),
    (environment_in_settings, "bot.py", "import os\n\nos.getpid()"),
    (
        providers_by_contract,
        "services/providers/registry.py",
        "from services.providers.sketch import adapter",
    ),
    (providers_by_contract, "services/portraits.py", "from services.providers.catalog import Model"),
    (standard_library_only, "services/models.py", "import enum\nfrom collections.abc import Mapping"),
    (
        transactions_as_functions,
        "db/engine.py",
        "async def f(e):\n    async with e.begin() as c:\n        pass",
    ),
    (kept_tasks, "services/jobs/engine.py", "task = asyncio.create_task(work())"),
    (
        kept_tasks,
        "services/jobs/engine.py",
        "async def f():\n    async with asyncio.TaskGroup() as group:\n        group.create_task(work())",
    ),
    (named_image_formats, "services/images/guard.py", "Image.open(path, formats=['PNG'])"),
    (short_files, "services/portraits.py", "x = 1\n" * LONGEST_FILE),
    (short_functions, "services/portraits.py", "def long():\n" + "    x = 1\n" * (LONGEST_FUNCTION - 1)),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_product_keeps_the_rule(rule: Rule) -> None:
    findings = [str(finding) for source in SOURCES for finding in rule(source)]
    assert not findings, "\n" + "\n".join(findings)


@pytest.mark.parametrize(("rule", "path", "text", "line"), BAD)
def test_the_rule_finds_a_breach_with_its_line(rule: Rule, path: str, text: str, line: int) -> None:
    assert [(finding.path, finding.line) for finding in rule(Source(path, text))] == [(path, line)]


@pytest.mark.parametrize(("rule", "path", "text"), GOOD)
def test_the_rule_leaves_good_code_alone(rule: Rule, path: str, text: str) -> None:
    assert list(rule(Source(path, text))) == []


def test_every_rule_has_a_bad_and_a_good_sample() -> None:
    assert {case[0] for case in BAD} == {case[0] for case in GOOD} == set(RULES)


def test_reads_every_part_of_the_product() -> None:
    assert {part_of(source.module) for source in SOURCES} >= {
        "foundation",
        "db",
        "providers",
        "jobs",
        "cogs",
        "web",
    }
    assert set(MAY_IMPORT) == set(PARTS.values()) - {"tests"}


def test_every_named_module_exists() -> None:
    modules = {source.module for source in SOURCES}
    assert sorted(name for name in PARTS if name not in modules | {"tests", "bot"}) == []
