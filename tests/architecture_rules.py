"""The rules of the house, read off the syntax tree: each takes one source file and gives what is wrong with it.

Which part may import which stands in `MAY_IMPORT`; a new module of `services/` counts as a use case until it is named
in `PARTS`.
"""

import ast
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
OURS = ("bot.py", "cli", "cogs", "services", "db", "playground", "benchmarks")

LONGEST_FILE = 350
LONGEST_FUNCTION = 60

_FOUNDATION = (
    "addresses public_addresses asker_pauses "
    "alerts asks bell choices circuit codes crash_points durable errors feature_names feature_rules features "
    "first_calls gateway_watch job_moves json_positions lane languages line_waits logs looks loop_lag master_key_file "
    "metric_table metrics metrics_text models names offers parts phrases prompts recipe_reading recipes redaction "
    "retry_after sayings sealed_keys sealed_pictures search_terms search_words secrets seeds server_rules settings "
    "suggestions vendor_text"
)
_DB_FLOORS = (
    "db.tables", "db.dialects", "db", "db.people", "db.money", "db.pictures", "db.characters", "db.jobs", "db.upkeep",
)  # fmt: skip
"""From the ground up: each may import those below it. `db` itself is the engine and the migrations."""
PARTS = {
    **{f"services.{name}": "foundation" for name in _FOUNDATION.split()},
    "services.context": "context",
    "services.accounts": "context",
    "services.preferences": "context",
    "services.privacy": "context",
    "services.opened_providers": "context",
    "services.provider_access": "context",
    "services.standing": "context",
    "services.others_findings": "context",
    "services.line_length": "context",
    "services.http": "http",
    "services.crossing": "http",
    "services.guarded_connections": "http",
    "services.images": "images",
    "services.providers": "providers",
    "services.jobs": "jobs",
    "services.reference_bytes": "jobs",
    "services.web": "web",
    "services": "use cases",
    "bot": "top",
    "cli": "top",
    "cogs": "cogs",
    **{floor: floor for floor in _DB_FLOORS},
    "playground": "playground",
    "benchmarks": "benchmarks",
    "tests": "tests",
}
_OUTSIDE = {"foundation", "http", "images", "providers", *_DB_FLOORS}
MAY_IMPORT = {
    "foundation": {"foundation"},
    **{floor: {"foundation", *_DB_FLOORS[: number + 1]} for number, floor in enumerate(_DB_FLOORS)},
    "http": {"foundation", "http"},
    "images": {"foundation", "images"},
    "providers": {"foundation", "http", "images", "providers"},
    "context": _OUTSIDE | {"context"},
    "jobs": _OUTSIDE | {"context", "jobs"},
    "use cases": _OUTSIDE | {"context", "jobs", "use cases"},
    "web": _OUTSIDE | {"context", "jobs", "use cases", "web"},
    "cogs": _OUTSIDE | {"context", "jobs", "use cases", "cogs"},
    "top": _OUTSIDE | {"context", "jobs", "use cases", "web", "cogs", "top"},
    "playground": {"playground"},
    "benchmarks": set(PARTS.values()),
}
"""Part -> the parts that its files may import."""

CONCRETE_PROVIDERS = ("fal", "bfl", "modelslab", "openai", "sketch")
STANDARD_ONLY = ("services/models.py", "services/errors.py")
TRANSACTION_FILES = (
    "db/engine.py",
    "db/dialects/sqlite.py",
    "db/dialects/sqlite_writer.py",
    "db/dialects/postgresql.py",
    "db/migrations/",
    "benchmarks/engine_bare.py",  # what SQLAlchemy alone does, which the engine is measured beside
)


class Finding(NamedTuple):
    """What is wrong, and where."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class Import(NamedTuple):
    """One imported name in full: `services.providers.sketch.adapter` for a module, or with the name behind it."""

    line: int
    name: str


@dataclass(frozen=True)
class Source:
    """One file: its path from the root with forward slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Return every node of the tree: most rules go through all of them."""
        return tuple(ast.walk(self.tree))

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(_imports(self))

    def lies_in(self, *places: str) -> bool:
        return any(self.path == place or self.path.startswith(place.rstrip("/") + "/") for place in places)

    def finding(self, line: int, text: str) -> Finding:
        return Finding(self.path, line, text)


Rule = Callable[[Source], Iterator[Finding]]


def _imports(source: Source) -> Iterator[Import]:
    package = source.module if source.path.endswith("/__init__.py") else source.module.rpartition(".")[0]
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base]).rstrip(".")
            yield from (Import(node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _is_below(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def part_of(name: str) -> str | None:
    """Return the part that a module or imported name belongs to, None for what is not ours."""
    pieces = name.split(".")
    prefixes = (".".join(pieces[:length]) for length in range(len(pieces), 0, -1))
    return next((PARTS[prefix] for prefix in prefixes if prefix in PARTS), None)


def import_direction(source: Source) -> Iterator[Finding]:
    """Find imports against the direction of the house."""
    own = part_of(source.module)
    if own is None:
        yield source.finding(1, "belongs to no part: name it in PARTS")
        return
    for line, name in source.imports:
        other = part_of(name)
        if other is not None and other not in MAY_IMPORT[own]:
            yield source.finding(line, f"{own} must not import {other} ({name})")


def discord_at_its_edge(source: Source) -> Iterator[Finding]:
    """Find `discord` outside cogs/, bot.py and cli/; the bot that we are measured beside needs it as well."""
    if source.lies_in("cogs", "bot.py", "cli", "benchmarks/bare_bot.py"):
        return
    for line, name in source.imports:
        if _is_below(name, "discord"):
            yield source.finding(line, "discord belongs to cogs/, bot.py and cli/")


def web_server_at_its_edge(source: Source) -> Iterator[Finding]:
    """Find `aiohttp.web` outside services/web and playground/; what we are measured beside is a server as well."""
    if source.lies_in(
        "services/web", "playground", "benchmarks/providers_bare.py", "benchmarks/whole_way_bare.py"
    ):
        return
    for line, name in source.imports:
        if _is_below(name, "aiohttp.web"):
            yield source.finding(line, "aiohttp.web belongs to services/web and playground/")
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "aiohttp.web":
            yield source.finding(node.lineno, "aiohttp.web belongs to services/web and playground/")


def sql_in_db(source: Source) -> Iterator[Finding]:
    """Find database libraries outside db/."""
    if source.lies_in("db", "benchmarks"):
        return
    for line, name in source.imports:
        if _is_below(name, "sqlalchemy", "alembic", "sqlite3", "aiosqlite", "asyncpg"):
            yield source.finding(line, f"{name.split('.')[0]} belongs to db/")


def environment_in_settings(source: Source) -> Iterator[Finding]:
    """Find readings of the environment outside services/settings.py."""
    if source.lies_in("services/settings.py", "playground", "benchmarks"):
        return
    names = ("os.environ", "os.environb", "os.getenv")
    for line, name in source.imports:
        if _is_below(name, *names):
            yield source.finding(line, "the environment is read in services/settings.py")
    for node in source.nodes:
        if isinstance(node, ast.Attribute) and ast.unparse(node) in names:
            yield source.finding(node.lineno, "the environment is read in services/settings.py")


def providers_by_contract(source: Source) -> Iterator[Finding]:
    """Find concrete providers named outside services/providers (the composition root opens the registry)."""
    if source.lies_in("services/providers", "benchmarks"):
        return
    concrete = [f"services.providers.{name}" for name in CONCRETE_PROVIDERS]
    for line, name in source.imports:
        if _is_below(name, *concrete):
            yield source.finding(line, f"{name}: only services/providers names a concrete provider")


def standard_library_only(source: Source) -> Iterator[Finding]:
    """Find anything but the standard library in the two files that everybody imports."""
    if not source.lies_in(*STANDARD_ONLY):
        return
    for line, name in source.imports:
        if name.split(".")[0] not in sys.stdlib_module_names:
            yield source.finding(line, f"{source.path} uses the standard library only, not {name}")


def transactions_as_functions(source: Source) -> Iterator[Finding]:
    """Find `with x.begin()` and `with x.connect()` outside the engine: a cancelled `async with` keeps its lock."""
    if source.lies_in(*TRANSACTION_FILES):
        return
    for node in source.nodes:
        if not isinstance(node, ast.With | ast.AsyncWith):
            continue
        for item in node.items:
            call = item.context_expr
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in {"begin", "begin_nested", "connect"}
            ):
                yield source.finding(node.lineno, "transactions are db.read(fn) and db.write(fn)")


def kept_tasks(source: Source) -> Iterator[Finding]:
    """Find tasks that nobody keeps: the loop holds only a weak reference, so they may vanish half done."""
    groups = {
        item.optional_vars.id
        for node in source.nodes
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if isinstance(item.optional_vars, ast.Name) and "TaskGroup" in ast.unparse(item.context_expr)
    }
    for node in source.nodes:
        if not isinstance(node, ast.Expr) or not isinstance(node.value, ast.Call):
            continue
        owner, _, method = ast.unparse(node.value.func).rpartition(".")
        if method in {"create_task", "ensure_future", "run_coroutine_threadsafe"} and owner not in groups:
            yield source.finding(node.lineno, "keep the task that this starts")


def named_image_formats(source: Source) -> Iterator[Finding]:
    """Find `Image.open` that would take any of Pillow's formats."""
    for node in source.nodes:
        if (
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("Image.open")
            and "formats" not in {keyword.arg for keyword in node.keywords}
        ):
            yield source.finding(node.lineno, "Image.open needs formats=[...]")


def short_files(source: Source) -> Iterator[Finding]:
    """Find files that have outgrown one concern."""
    lines = len(source.text.splitlines())
    if lines > LONGEST_FILE:
        yield source.finding(lines, f"{lines} lines, the limit is {LONGEST_FILE}: split it by concern")


def short_functions(source: Source) -> Iterator[Finding]:
    """Find functions that cannot be read in one breath."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield source.finding(
                    node.lineno, f"{node.name} has {lines} lines, the limit is {LONGEST_FUNCTION}"
                )


RULES: tuple[Rule, ...] = (
    import_direction,
    discord_at_its_edge,
    web_server_at_its_edge,
    sql_in_db,
    environment_in_settings,
    providers_by_contract,
    standard_library_only,
    transactions_as_functions,
    kept_tasks,
    named_image_formats,
    short_files,
    short_functions,
)


def read_sources(root: Path = ROOT) -> tuple[Source, ...]:
    """Return every Python file of the product, without the tests."""
    files = [
        file
        for name in OURS
        for file in ([root / name] if name.endswith(".py") else sorted((root / name).rglob("*.py")))
    ]
    return tuple(
        Source(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8"))
        for file in files
        if file.exists()
    )
