"""The documentation says everything that the code has: settings, requirements, commands, error codes, links."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from services.settings import Settings
from tests.architecture_rules import ROOT, Source, read_sources

SOURCES = read_sources()
ERROR_CLASSES = {
    node.name
    for node in ast.parse((ROOT / "services" / "errors.py").read_text(encoding="utf-8")).body
    if isinstance(node, ast.ClassDef)
}
NOT_TOLD_TO_PEOPLE = {"StartError", "BugError"}
"""Printed at the start, or shown as one sentence for all."""


UNSAID = {
    "bad_webhook": "answers a provider with 401, nobody reads it",
    "no_such_attempt": "answers a provider with 404",
    "forgotten": "Discord has forgotten the interaction: there is nobody to answer",
}
"""Codes that need no sentence, and why."""


def check_none(found: Iterable[str]) -> None:
    """Fail with everything in `found` by name."""
    names = sorted(found)
    assert not names, ", ".join(names)


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def fields_by_variable() -> dict[str, str]:
    return {
        (field.validation_alias if isinstance(field.validation_alias, str) else name).upper(): name
        for name, field in Settings.model_fields.items()
    }


def setting_names() -> set[str]:
    return set(fields_by_variable())


def defaults_in_example() -> dict[str, str]:
    return dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", text_of(".env.example"), re.MULTILINE))


def requirement_names(path: str) -> set[str]:
    lines = [line.split("#")[0].strip() for line in text_of(path).splitlines()]
    return {line.split("==")[0].strip() for line in lines if line and not line.startswith("-")}


def headings_of(path: str) -> set[str]:
    return {match.strip() for match in re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)}


def command_names() -> set[str]:
    """Return the slash commands that the cogs define, those of a group after its name: "keys add"."""
    cogs = [
        cog
        for source in SOURCES
        if source.lies_in("cogs")
        for cog in ast.walk(source.tree)
        if isinstance(cog, ast.ClassDef)
    ]
    # A group of many commands stands in parts, which the class that names it is made of.
    parts = {base.id: _group_name(cog) for cog in cogs for base in cog.bases if isinstance(base, ast.Name)}
    return {
        " ".join((_group_name(cog) or parts.get(cog.name, ""), *_way(cog, node, decorator))).strip()
        for cog in cogs
        for node in cog.body
        if isinstance(node, ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".command")
    }


def _group_name(cog: ast.ClassDef) -> str:
    given = next((keyword.value for keyword in cog.keywords if keyword.arg == "group_name"), None)
    return str(given.value) if isinstance(given, ast.Constant) else ""


def _way(cog: ast.ClassDef, node: ast.AsyncFunctionDef, decorator: ast.Call) -> Iterator[str]:
    """Give the name of the group inside the group where there is one, and that of the command."""
    owner = ast.unparse(decorator.func).rpartition(".")[0]
    if owner != "app_commands":
        inner = next(
            assigned.value
            for assigned in cog.body
            if isinstance(assigned, ast.Assign) and ast.unparse(assigned.targets[0]) == owner
        )
        assert isinstance(inner, ast.Call)
        name = next(keyword.value for keyword in inner.keywords if keyword.arg == "name")
        assert isinstance(name, ast.Constant)
        yield str(name.value)
    yield _command_name(node, decorator)


def _command_name(node: ast.AsyncFunctionDef, decorator: ast.Call) -> str:
    given = next((keyword.value for keyword in decorator.keywords if keyword.arg == "name"), None)
    return str(given.value) if isinstance(given, ast.Constant) else node.name


def literals(node: ast.expr) -> Iterator[str]:
    """Give the strings that an expression may be: a literal, or either side of `a if b else c`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)


def codes_of(source: Source, classes: set[str]) -> Iterator[str]:
    """Give the codes of the errors that a file makes: first arguments, and the defaults of `code` parameters."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and node.args:
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in classes:
                yield from literals(node.args[0])


def codes_raised(folder: str) -> set[str]:
    classes = ERROR_CLASSES - NOT_TOLD_TO_PEOPLE
    return {code for source in SOURCES if source.lies_in(folder) for code in codes_of(source, classes)}


def strings_of(folder: str) -> set[str]:
    """Return every string literal of a folder: a code may travel through a table before it is raised."""
    return {
        node.value
        for source in SOURCES
        if source.lies_in(folder) and source.path != "cogs/_errors.py"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def sentence_codes(topic: str) -> set[str]:
    """Return the codes that have a sentence in a topic of the English texts."""
    codes = set(tomllib.loads(text_of(f"services/languages/en/{topic}.toml")))
    assert codes
    return codes


def local_links(page: Path) -> list[str]:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    return [link for link in links if "://" not in link]


def test_every_setting_is_in_the_example_and_none_besides() -> None:
    check_none(set(defaults_in_example()) ^ setting_names())


def test_every_setting_is_in_the_table_and_none_besides() -> None:
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_]*)` \|", text_of("docs/configuration.md"), re.MULTILINE)
    assert len(set(rows)) == len(rows)
    check_none(set(rows) ^ setting_names())


def test_the_example_shows_the_real_defaults() -> None:
    shown = defaults_in_example()
    for variable, name in fields_by_variable().items():
        default = Settings.model_fields[name].default
        expected = "" if default in (None, frozenset(), {}) else str(default)
        assert shown[variable] == expected, variable


def test_the_example_changes_nothing_when_it_is_copied() -> None:
    lines = text_of(".env.example").splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_a_setting_that_nothing_reads_yet_says_so_on_both_pages() -> None:
    read = {
        node.attr for source in SOURCES for node in ast.walk(source.tree) if isinstance(node, ast.Attribute)
    }
    idle = {variable for variable, name in fields_by_variable().items() if name not in read}
    rows = re.findall(r"^\| `([A-Z][A-Z0-9_]*)` \|(.*)$", text_of("docs/configuration.md"), re.MULTILINE)
    check_none({variable for variable, row in rows if "Not used yet" in row} ^ idle)
    paragraphs = text_of(".env.example").split("\n\n")
    said = "".join(paragraph for paragraph in paragraphs if "Not used yet" in paragraph)
    check_none(set(re.findall(r"^#([A-Z][A-Z0-9_]*)=", said, re.MULTILINE)) ^ idle)


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(path: str) -> None:
    lines = [line for line in text_of(path).splitlines() if line and not line.startswith(("-", "#"))]
    assert [line for line in lines if not re.fullmatch(r"[\w.\[\]-]+==[\w.]+( *;.*)?", line)] == []


def test_every_requirement_has_its_reason_and_none_is_explained_in_vain() -> None:
    names = requirement_names("requirements.txt") | requirement_names("requirements-dev.txt")
    rows = re.findall(r"^\| `([^`]+)` \| (.+?) \|", text_of("docs/dependencies.md"), re.MULTILINE)
    check_none({name for name, _ in rows} ^ names)
    check_none(name for name, reason in rows if len(reason) < 15)


def test_no_code_is_left_unsaid_in_vain() -> None:
    check_none(set(UNSAID) - codes_raised("services") - codes_raised("cogs"))


def test_every_command_has_a_heading_and_none_is_described_in_vain() -> None:
    described = {
        heading.removeprefix("/") for heading in headings_of("docs/commands.md") if heading[0] == "/"
    }
    assert command_names()
    assert described == command_names()


def test_every_option_of_a_command_is_described_on_the_page() -> None:
    page = text_of("docs/commands.md")
    options = {
        argument.arg.rstrip("_")  # `for_` is called `for`, which is a word of Python's
        for source in SOURCES
        if source.lies_in("cogs")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AsyncFunctionDef)
        and any(
            isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(".command")
            for decorator in node.decorator_list
        )
        for argument in node.args.args
    } - {"self", "interaction"}
    assert options
    check_none(option for option in options if f"`{option}`" not in page)


def test_every_error_code_of_the_services_has_a_sentence() -> None:
    raised = codes_raised("services") | codes_raised("db")
    check_none(raised - sentence_codes("errors") - set(UNSAID))


def test_every_error_code_of_the_commands_has_a_sentence() -> None:
    known = sentence_codes("errors") | sentence_codes("edge_errors")
    check_none(codes_raised("cogs") - known - set(UNSAID))


@pytest.mark.parametrize(("topic", "folders"), [("errors", ("services", "db")), ("edge_errors", ("cogs",))])
def test_no_sentence_is_left_over(topic: str, folders: tuple[str, ...]) -> None:
    used = set[str]().union(*(strings_of(folder) for folder in folders))
    check_none(sentence_codes(topic) - used - {"bug"})


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("raise UserError('a', field='b')", {"a"}),
        ("raise errors.NotFoundError('a' if x else 'b')", {"a", "b"}),
        ("raise ValueError('a')", set()),
        ("raise StartError('a')", set()),
    ],
)
def test_finds_the_codes_of_errors(text: str, codes: set[str]) -> None:
    source = Source("services/sample.py", text)
    assert set(codes_of(source, ERROR_CLASSES - NOT_TOLD_TO_PEOPLE)) == codes


def test_every_link_between_the_pages_leads_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    check_none(
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in local_links(page)
        if not (page.parent / link).exists()
    )


def test_the_invitation_asks_for_exactly_the_permissions_of_the_table() -> None:
    discord = pytest.importorskip("discord")
    page = text_of("docs/discord-setup.md")
    names = {
        "View Channels": "view_channel",
        "Send Messages": "send_messages",
        "Send Messages in Threads": "send_messages_in_threads",
        "Embed Links": "embed_links",
        "Attach Files": "attach_files",
        "Read Message History": "read_message_history",
    }
    rows = re.findall(r"^\| ([A-Z][\w ]+) \|", page, re.MULTILINE)
    assert rows == list(names)
    value = discord.Permissions(**dict.fromkeys(names.values(), True)).value
    assert f"scope=bot+applications.commands&permissions={value}\n" in page
    assert set(re.findall(r"permissions=(\d+)", page)) == {str(value)}


def test_the_licence_is_the_one_that_the_project_names() -> None:
    assert text_of("LICENSE").startswith("MIT License\n\nCopyright (c) 2026 The Limner authors")
    assert 'license = "MIT"' in text_of("pyproject.toml")


def test_make_without_a_target_prints_every_target_that_the_pages_use() -> None:
    targets = set(re.findall(r"^([a-z]+):[^#\n]*## ", text_of("Makefile"), re.MULTILINE))
    named = set(
        re.findall(
            r"\bmake ([a-z]+)\b(?= |$|`)", text_of("CONTRIBUTING.md") + text_of("README.md"), re.MULTILINE
        )
    )
    assert named & {"run", "test", "bench"} <= targets
    assert {"help", "run", "test", "lint", "types", "bench", "chaos", "soak", "clean"} == targets
