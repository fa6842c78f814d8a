"""What people read stands in the catalogue of languages: the code of `services/` has no sentences of its own for them.

Sentences are found where they are written: two words beside each other in a text that is no docstring, no log line and
no message of an exception. Who else reads such texts stands in `READERS`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture_rules import ROOT

SERVICES = ROOT / "services"
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
LOGS = {"log", "_log", "logger", "_logger"}
MAKERS = re.compile(r"\w*(Error|Problem|refuse)|Provider\w+|MalformedImage|compile|sub|say|saying")
"""What is called with texts that only the log or a pattern's reader sees, or with a text's name."""

READERS = {
    "those who run the bot": "alerts checkup control_socket crash_points jobs/housekeeping jobs/restoring key_rotation "
    "logs metric_table opened_store operator_fail operator_jobs operator_verbs secrets settings store_mark",
    "models": "character_prompts looks prompts providers/sketch varying words",
    "whoever changes the feature file or the catalogue": "feature_rules features json_positions providers/models_page "
    "providers/price_table providers/toml_table",
    "whoever reads an exception's message": "addresses guarded_connections http images public_addresses redaction "
    "sealed_keys sealed_pictures",
    "other programs": "jobs/early models sayings wakeups web",
    "cogs, as names of what differs": "comparing recipes",
    # What vendors refuse is said in English inside of a sentence in the reader's language.
    "people, in English": "providers/bfl providers/fal providers/modelslab providers/openai",
}
"""Reader -> modules and packages of `services/` whose texts are for them."""


def sentences(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of what reads like a sentence for somebody."""
    tree = ast.parse(source)
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if is_silent(node):
            silent |= set(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node not in silent and WORDS.search(str(node.value)):
            yield node.lineno, str(node.value)


def is_silent(node: ast.AST) -> bool:
    """Tell whether nobody reads the texts inside: of a docstring, an exception, a log line."""
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        logger = getattr(getattr(node.func, "value", None), "id", "")
        return logger in LOGS or MAKERS.fullmatch(name) is not None
    is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_docstring or isinstance(node, ast.Raise)


def is_read_by_others(path: Path) -> bool:
    module = path.relative_to(SERVICES).with_suffix("").as_posix()
    return any(
        module == each or module.startswith(f"{each}/")
        for modules in READERS.values()
        for each in modules.split()
    )


def test_no_use_case_has_a_sentence_of_its_own() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in sorted(SERVICES.rglob("*.py"))
        if not is_read_by_others(path)
        for line, text in sentences(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'WHY = "it waits in line"',
        'def label(number):\n    """Return it."""\n    return f"{number} pictures in line"',
        'WORDS = {"queued": "being painted"}',
    ],
    ids=["a constant", "put together", "a table"],
)
def test_a_sentence_is_found(source: str) -> None:
    assert list(sentences(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        'def label():\n    """Return a whole sentence."""',
        'log.warning("it waits in line")',
        'raise StorageError("no_room", f"less than {number} bytes are free")',
        'error = UserError("no_room", "less than that is free")',
        'say(language, "queue.in_line")',
    ],
    ids=["a docstring", "a log line", "an exception", "an error that is kept", "a name"],
)
def test_what_nobody_reads_is_no_sentence(source: str) -> None:
    assert list(sentences(source)) == []
