"""No text that people read stands in the code of `cogs/`, and nothing there forgets in which language it speaks.

Texts for operators (logs, alerts, what stops the bot) are English and stand where they are written.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.languages.commands import command_texts

ROOT = Path(__file__).parents[2]
FOR_OPERATORS = {"_gateway_end.py"}
"""What the process says where it ends by itself: in English, like all that a start says."""
COGS = sorted(path for path in (ROOT / "cogs").glob("*.py") if path.name not in FOR_OPERATORS)

READS_LIKE_WORDS = re.compile(
    r"[^\W\d_]+[,:;.]?\s+[^\W\d_]{2,}"  # two words
    r"|(?<![\w:.{-])[A-Z][a-z]+"  # one with a capital
    r"|^\s+[a-z]{2,}\b|\b[a-z]{2,}[,:;]?\s+$"  # the end of a piece of an f-string: "{n} of them", "about {price}"
)

NOT_FOR_PEOPLE: Mapping[str, frozenset[str]] = {
    # What an operator reads in the log, or at the start.
    "_brake.py": frozenset(
        {
            "Authorization",
            "Retry-After",
            "does not accept DISCORD_TOKEN (set the bot's current one)",
            "has banned this address",
            "has limited this bot as a whole",
            "has refused too many requests",
        }
    ),
    "_courier.py": frozenset({"no interaction token", "nothing may be sent to Discord now"}),
    "_discord_away.py": frozenset(
        {
            "a shard waits for its turn to identify",
            "Discord's API answers ",
            "Discord's API cannot be reached (",
            "Discord's gateway closes new connections",
            "Discord's gateway cannot be reached (",
            "Authorization",
            "Bot ",
            "User-Agent",
        }
    ),
    "reactions.py": frozenset({"reaction "}),
    # Names that stand for something, and are never shown as they are.
    "_family.py": frozenset({"Feature file", "Model version"}),
    "_identify.py": frozenset({"identify "}),
    "_picture_words.py": frozenset({"Kind"}),
    "_replies.py": frozenset({"handed over"}),
    "_text.py": frozenset({"Cc", "Cf", "Cs", "Me", "Mn"}),
    # The choices of a command, put together; `test_translator.py` looks after them.
    "settings.py": frozenset({"at most "}),
}
"""What reads like words and is none of ours to translate, by file."""

COMMAND_TEXTS = {text for texts in command_texts("de").values() for text in texts}
"""What commands are called and described by: `test_translator.py` looks after these."""

NOT_SAID = {"compile", "cast", "getLogger"}
"""Functions whose texts are patterns, types and names."""


def texts_in(source: str) -> list[str]:
    """Return the strings of a source that a person would read as words, the pieces of f-strings each by itself."""
    tree = ast.parse(source)
    skipped = set(_not_said(tree))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in skipped
        and READS_LIKE_WORDS.search(node.value)
        and node.value not in COMMAND_TEXTS
    ]


def _not_said(tree: ast.AST) -> Iterator[int]:
    """Yield the ids of what nobody reads: docstrings, the log, what an error says to the log, patterns and types."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Constant() as docstring):
                yield id(docstring)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="_logger"))):
                yield from map(id, ast.walk(node))
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in NOT_SAID:
                yield from map(id, ast.walk(node))
            case ast.Raise(exc=ast.Call(args=words)):
                # Its fields (keywords) are shown in the sentence; what stands before them is for the log.
                yield from (id(each) for word in words for each in ast.walk(word))
    yield from _in_annotations(tree)


def _in_annotations(tree: ast.AST) -> Iterator[int]:
    """Yield the ids of what stands in annotations."""
    for node in ast.walk(tree):
        found = (getattr(node, "annotation", None), getattr(node, "returns", None))
        yield from (
            id(each) for annotation in found if annotation is not None for each in ast.walk(annotation)
        )


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('text_view("Try again in a minute")', ["Try again in a minute"]),
        ('button("Keep", custom_id)', ["Keep"]),
        ('text = f"{count} of your requests"', [" of your requests"]),
        ('text = f"{title} for {person}"', [" for "]),
        ('price = f"about {dollars(price)}"', ["about "]),
        ('raise UserError("bad", f"job {n} is no number", expected="a number")', ["a number"]),
        ('WORDS = {Payer.USER: "your own key pays"}', ["your own key pays"]),
        ('say(language, "pages.which", name="Keep it")', ["Keep it"]),
    ],
)
def test_a_text_in_the_code_is_found(source: str, found: list[str]) -> None:
    assert texts_in(source) == found


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Return the text of a page."""',
        'LONGEST = 80\n"""Source: Discord, Button, "label"."""',
        '_logger.info("nothing was said to %s", name)',
        'raise UserError("out_of_date", "the form names no job", field="job")',
        'say(language, "pages.which_again", code=code(picture.code))',
        'custom_id = f"v1:job:{verb}:{job_id}"',
        're.compile(r"[A-Za-z]+ minus [a-z ]+")',
        'lines = f"### {title}\\n-# 🔒 {said} · **{model}**"',
        '@app_commands.command(description="What can paint here, and what it costs")\ndef models(): ...',
    ],
)
def test_what_nobody_reads_is_none(source: str) -> None:
    assert texts_in(source) == []


@pytest.mark.parametrize("path", COGS, ids=lambda path: path.name)
def test_no_text_for_people_stands_in_the_code(path: Path) -> None:
    exceptions = NOT_FOR_PEOPLE.get(path.name, frozenset())
    found = texts_in(path.read_text("utf-8"))
    assert sorted(set(found) - exceptions) == []
    assert sorted(exceptions - set(found)) == []


def test_the_exceptions_are_about_files_that_there_are() -> None:
    assert NOT_FOR_PEOPLE.keys() <= {path.name for path in COGS}


# Nothing forgets the language -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speaker:
    """A function, or a class of values, that is told in which language to speak: at which place among its arguments."""

    place: int | None
    """None where it is told by name only."""


Speakers = Mapping[str, Speaker]


def speakers_in(tree: ast.Module) -> dict[str, Speaker]:
    """Return what a module has at its top that takes a language."""
    found: dict[str, Speaker] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
            if "language" in (*names, *(each.arg for each in node.args.kwonlyargs)):
                found[node.name] = Speaker(names.index("language") if "language" in names else None)
        elif isinstance(node, ast.ClassDef):
            fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
            names = [each.id for each in fields if isinstance(each, ast.Name)]
            if "language" in names:
                found[node.name] = Speaker(names.index("language"))
    return found


def forgetful_in(source: str, known: Mapping[str, Speakers]) -> list[str]:
    """Return where a source calls, or hands on, something of `known` modules or its own without a language."""
    tree = ast.parse(source)
    speakers = {
        alias.asname or alias.name: known[module][alias.name]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (module := node.module or "") in known
        for alias in node.names
        if alias.name in known[module]
    } | speakers_in(tree)
    told = {id(func) for func, rest, call in _calls(tree) if _tells(rest, call, speakers.get(func.id))}
    told |= set(_in_annotations(tree))
    return [
        f"line {node.lineno}: {node.id}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in speakers and id(node) not in told
    ] + [
        f"line {node.lineno}: always English"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "say"
        and isinstance(node.args[0], ast.Constant | ast.Name)
        and getattr(node.args[0], "id", "ENGLISH") == "ENGLISH"
    ]


def _calls(tree: ast.AST) -> Iterator[tuple[ast.Name, list[ast.expr], ast.Call]]:
    """Yield what is called by its name, with its arguments by place; also through `partial` and `pixels.run`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="partial") | ast.Attribute(attr="run"), args=[ast.Name() as func, *rest]
            ):
                yield func, rest, node
            case ast.Call(func=ast.Name() as func):
                yield func, node.args, node


def _tells(rest: list[ast.expr], call: ast.Call, speaker: Speaker | None) -> bool:
    """Tell whether a call says the language: by its name, by its place, or within *arguments."""
    is_named = any(each.arg in {"language", None} for each in call.keywords)
    is_spread = any(isinstance(each, ast.Starred) for each in rest)
    place = None if speaker is None else speaker.place
    return is_named or is_spread or (place is not None and len(rest) > place)


KNOWN = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): speakers_in(
        ast.parse(path.read_text("utf-8"))
    )
    for folder in ("cogs", "services")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
"""Every module's name -> what it has that takes a language."""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from cogs._text import dollars\nprice = dollars(5)", ["line 2: dollars"]),
        ("from cogs._text import dollars\nprices = map(dollars, costs)", ["line 2: dollars"]),
        ("from cogs._present import Shown\nshown = Shown(pictures)", ["line 2: Shown"]),
        ('def f(a, language="en"): ...\nf(1)', ["line 2: f"]),
        ('title = say(ENGLISH, "compare.title")', ["line 1: always English"]),
        ('title = say("de", "compare.title")', ["line 1: always English"]),
        ("from cogs._text import dollars\nprice = dollars(5, language)", []),
        ("from cogs._present import Shown\nshown = Shown(pictures, language=language)", []),
        ("from cogs._text import clip\nname = clip(text, 80)", []),
        ("from cogs._present import Shown\ndef view(shown: Shown) -> Shown: ...", []),
        ('def f(a, language="en"): ...\nf(*both)\nf(1, **fields)\npool.run(f, 1, language)', []),
    ],
)
def test_a_call_that_forgets_the_language_is_found(source: str, found: list[str]) -> None:
    assert forgetful_in(source, KNOWN) == found


@pytest.mark.parametrize("path", COGS, ids=lambda path: path.name)
def test_whatever_speaks_is_told_the_language(path: Path) -> None:
    assert forgetful_in(path.read_text("utf-8"), KNOWN) == []


def test_there_are_speakers_to_be_told() -> None:
    assert KNOWN["cogs._text"]["dollars"] == Speaker(1)
    assert KNOWN["cogs._attachments"]["found_files"] == Speaker(None)
    assert "Shown" in KNOWN["cogs._present"]
    assert KNOWN["services.languages"]["say"] == Speaker(0)
