"""The JSON reader against the standard one, and on what the standard one lets pass."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.json_positions import Items, JsonError, Members, Node, Scalar, line_and_column, read_json

SCALARS = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False) | st.text()
TREES = st.recursive(
    SCALARS.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def plain(node: Node) -> object:
    match node:
        case Scalar(value):
            return value
        case Items(nodes):
            return [plain(each) for each in nodes]
        case Members(entries):
            return {entry.key: plain(entry.node) for entry in entries}


@given(TREES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_reads_what_the_standard_writer_writes(
    tree: object, indent: int | str | None, ascii_only: bool
) -> None:
    assert plain(read_json(json.dumps(tree, indent=indent, ensure_ascii=ascii_only))) == tree


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn \n\\/', max_size=30))
def test_accepts_nothing_that_the_standard_reader_refuses(text: str) -> None:
    node = None
    with contextlib.suppress(JsonError):
        node = read_json(text)
    assert node is None or plain(node) == json.loads(text)


@given(st.text(max_size=30))
def test_places_every_error_inside_the_text(text: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_json("[" + text + "{")
    assert 0 <= caught.value.offset <= len(text) + 2


def test_keeps_where_keys_and_values_begin() -> None:
    text = '{\n  "a": [1,\n "é", true]}'
    root = read_json(text)
    assert isinstance(root, Members)
    assert line_and_column(text, root.entries[0].offset) == (2, 3)
    assert isinstance(root.entries[0].node, Items)
    assert [line_and_column(text, node.offset) for node in root.entries[0].node.nodes] == [
        (2, 9),
        (3, 2),
        (3, 7),
    ]


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ('{"a": 1,}', 7, "a trailing comma"),
        ("[1, // no\n2]", 4, "JSON has no comments"),
        ("[NaN]", 1, "JSON has no such number"),
        ("[-Infinity]", 1, "JSON has no such number"),
        ("['a']", 1, "JSON takes double quotes only"),
        ("[True]", 1, 'write "true" in lower case'),
    ],
)
def test_says_what_a_common_slip_is(text: str, offset: int, hint: str) -> None:
    with pytest.raises(JsonError) as caught:
        read_json(text)
    assert (caught.value.offset, caught.value.hint) == (offset, hint)


@pytest.mark.parametrize(
    "text",
    [
        "[1e999]",
        "[" + "9" * 5000 + "]",
        "[" * 100_000,
        '{"a":' * 100_000,
        '["a\nb"]',
        '["\\x"]',
        "[01]",
        "[1] 2",
    ],
    ids=["infinite", "5,000 digits", "deep lists", "deep objects", "line end", "escape", "zero", "rest"],
)
def test_refuses_what_is_not_json_or_too_much_of_it(text: str) -> None:
    with pytest.raises(JsonError):
        read_json(text)


def test_refuses_a_key_that_comes_twice_and_names_both_places() -> None:
    with pytest.raises(JsonError, match="the key of line 1, column 8 again") as caught:
        read_json('{"a": {"b": 1,\n "b": 2}}')
    assert (caught.value.offset, caught.value.pointer) == (16, "/a/b")
