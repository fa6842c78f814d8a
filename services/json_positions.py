"""A JSON reader that remembers where everything stood, and refuses what the standard one lets pass.

The standard reader keeps the last of two equal keys, accepts NaN and turns 1e999 into infinity, and forgets line
and column of what it has read. Here each value keeps its offset, so that a rule about a value can name its place.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_DEPTH: Final = 32
"""Lists and objects may be nested this deep; far below Python's own recursion limit."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORD: Final = re.compile(r"[-+\w]+")
_LONGEST_NUMBER: Final = 25
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_HINTS: Final = {
    "/": "JSON has no comments",
    "#": "JSON has no comments",
    "'": "JSON takes double quotes only",
    "NaN": "JSON has no such number",
    "Infinity": "JSON has no such number",
    "-Infinity": "JSON has no such number",
    "True": 'write "true" in lower case',
    "False": 'write "false" in lower case',
    "None": 'write "null" instead',
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number, true, false or null, and where it begins."""

    value: str | int | float | bool | None
    offset: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list, and where its bracket stands."""

    nodes: tuple["Node", ...]
    offset: int


class Member(NamedTuple):
    """One entry of an object; `offset` is where its key begins."""

    key: str
    offset: int
    node: "Node"


@dataclass(frozen=True, slots=True)
class Members:
    """An object in the order of the file, and where its brace stands; its keys differ."""

    entries: tuple[Member, ...]
    offset: int


Node = Scalar | Items | Members


class JsonError(ValueError):
    """The text is not JSON: where (`offset` in characters, `pointer` by RFC 6901), what was expected and found."""

    def __init__(self, offset: int, pointer: str, expected: str, found: str, hint: str = "") -> None:
        super().__init__(f"expected {expected}, found {found}")
        self.offset = offset
        self.pointer = pointer
        self.expected = expected
        self.found = found
        self.hint = hint


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of `offset`, both counted from 1, columns in characters."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def join_pointer(pointer: str, token: str | int) -> str:
    """Return the pointer one step deeper. *Source:* RFC 6901, section 3 (the escapes)."""
    return f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"


def quote(text: str, longest: int = 40) -> str:
    """Return the text in quotes, clipped, with everything unprintable escaped."""
    clipped = text if len(text) <= longest else text[: longest - 1] + "…"
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in clipped) + '"'


class _Reader:
    """Walks the text once; `position` is the next character to look at."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def document(self) -> Node:
        node = self.value("", 0)
        if self.peek():
            raise self.unexpected("", "the end of the file")
        return node

    def peek(self) -> str:
        """Skip white space and return the next character, "" at the end."""
        match = _SPACE.match(self.text, self.position)
        self.position = match.end() if match else self.position
        return self.text[self.position : self.position + 1]

    def unexpected(self, pointer: str, expected: str) -> JsonError:
        """Return the error for what stands at the position."""
        character = self.peek()
        word = _WORD.match(self.text, self.position)
        found = quote(word.group() if word else character) if character else "the end of the file"
        hint = _HINTS.get(word.group() if word else character, "")
        return JsonError(self.position, pointer, expected, found, hint)

    def value(self, pointer: str, depth: int) -> Node:
        character = self.peek()
        if depth > MAX_DEPTH:
            raise JsonError(self.position, "", f"at most {MAX_DEPTH} levels of nesting", "more")
        if character == "{":
            return self.object(pointer, depth)
        if character == "[":
            return self.list(pointer, depth)
        offset = self.position
        return Scalar(self.string(pointer) if character == '"' else self.word(pointer), offset)

    def object(self, pointer: str, depth: int) -> Members:
        offset = self.position
        entries: list[Member] = []
        first_offsets: dict[str, int] = {}
        while self.next_entry(pointer, "}", is_first=not entries):
            entry = self.member(pointer, depth)
            if entry.key in first_offsets:
                line, column = line_and_column(self.text, first_offsets[entry.key])
                here = join_pointer(pointer, entry.key)
                raise JsonError(
                    entry.offset, here, "each key once", f"the key of line {line}, column {column} again"
                )
            first_offsets[entry.key] = entry.offset
            entries.append(entry)
        return Members(tuple(entries), offset)

    def member(self, pointer: str, depth: int) -> Member:
        if self.peek() != '"':
            raise self.unexpected(pointer, "a key in double quotes")
        offset = self.position
        key = self.string(pointer)
        if self.peek() != ":":
            raise self.unexpected(join_pointer(pointer, key), 'a ":" after the key')
        self.position += 1
        return Member(key, offset, self.value(join_pointer(pointer, key), depth + 1))

    def list(self, pointer: str, depth: int) -> Items:
        offset = self.position
        nodes: list[Node] = []
        while self.next_entry(pointer, "]", is_first=not nodes):
            nodes.append(self.value(join_pointer(pointer, len(nodes)), depth + 1))
        return Items(tuple(nodes), offset)

    def next_entry(self, pointer: str, closing: str, *, is_first: bool) -> bool:
        """Step over the opening bracket or a comma: True before an entry, False after the closing bracket."""
        character = "," if is_first else self.peek()
        if character not in (",", closing):
            raise self.unexpected(pointer, f'"," or "{closing}"')
        comma = self.position
        self.position += 1
        if character == closing:
            return False
        if self.peek() != closing:
            return True
        if not is_first:
            raise JsonError(comma, pointer, f'no "," before "{closing}"', '","', "a trailing comma")
        self.position += 1
        return False

    def string(self, pointer: str) -> str:
        match = _STRING.match(self.text, self.position)
        if match is None:
            raise JsonError(
                self.position, pointer, "text in double quotes on one line", "no closing quote on this line"
            )
        try:
            text: str = json.loads(match.group())
        except json.JSONDecodeError as error:
            raise JsonError(
                self.position + error.pos, pointer, "a JSON escape such as \\n or \\u00e9", "another one"
            ) from error
        self.position = match.end()
        return text

    def word(self, pointer: str) -> int | float | bool | None:
        word = _WORD.match(self.text, self.position)
        if word and word.group() in _LITERALS:
            self.position = word.end()
            return _LITERALS[word.group()]
        match = _NUMBER.match(self.text, self.position)
        tail = match and self.text[match.end() : match.end() + 1]
        if match is None or (tail and (tail.isalnum() or tail in "._+-")):
            raise self.unexpected(pointer, "a JSON value")
        return self.number(match.group(), pointer)

    def number(self, digits: str, pointer: str) -> int | float:
        # Python refuses to read integers of more than 4,300 digits with an error of its own.
        if len(digits) > _LONGEST_NUMBER:
            raise JsonError(
                self.position, pointer, f"a number of at most {_LONGEST_NUMBER} characters", "a longer one"
            )
        number = int(digits) if digits.lstrip("-").isdigit() else float(digits)
        if math.isinf(number):
            raise JsonError(self.position, pointer, "a finite number", digits)
        self.position += len(digits)
        return number


def read_json(text: str) -> Node:
    """Return the text as a tree with positions.

    Raises `JsonError` on anything outside RFC 8259, on a key that comes twice, on numbers that no float holds and
    on nesting deeper than `MAX_DEPTH`.
    """
    return _Reader(text).document()
