"""A catalogue file that is wrong is refused with the place of its mistake."""

import os
from pathlib import Path

import pytest

from services.errors import StartError
from services.providers.catalog import CATALOG_PATH, load_catalog

SMALL = Path(__file__).with_name("small_catalog.toml").read_text(encoding="utf-8")


def refusal_of(tmp_path: Path, content: str | bytes) -> str:
    """Return the message with which a file of this content is refused."""
    path = tmp_path / "catalog.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(StartError) as caught:
        load_catalog(path)
    assert caught.value.code == "bad_catalog"
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_reads_a_small_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL)
    catalog = load_catalog(path)

    one = catalog.find("one")
    assert [model.id for model in catalog.models] == ["toy/one", "toy/two"]
    assert (one.expected_s, one.equivalents, one.may_be_retired) == (1.5, ("toy/two",), False)
    assert tuple(one.aspects) == ("3:2", "1:1")
    assert one.fit({"steps": "50"}, "1:1").parameters == {"image_size": "square", "steps": 50}
    assert catalog.providers["toy"].running_cap == 2


def test_takes_a_byte_order_mark_for_an_editors_habit(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())

    assert load_catalog(path).preferred == ("toy/one",)


def test_cores_means_as_many_as_this_machine_has(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL.replace("running_cap = 2", 'running_cap = "cores"'))

    assert load_catalog(path).providers["toy"].running_cap == os.cpu_count()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param(
            'id = "toy/two"',
            'id = "toy/one"',
            "[models toy/one] id: expected an id that no other model has, found 'toy/one'",
            id="duplicate id",
        ),
        pytest.param(
            'equivalents = ["toy/two"]',
            'equivalents = ["toy/three"]',
            "[models toy/one] equivalents: expected ids of other models of this file ('toy/three' is none), found",
            id="unknown equivalent",
        ),
        pytest.param(
            'equivalents = ["toy/two"]',
            'equivalents = ["toy/one"]',
            "[models toy/one] equivalents: expected ids of other models",
            id="its own equivalent",
        ),
        pytest.param(
            'preferred = ["toy/one"]',
            'preferred = ["toy/none"]',
            "[] preferred: expected ids of other models",
            id="unknown preference",
        ),
        pytest.param(
            "micro_usd = 5",
            "micro_usd = -5",
            "[models toy/one.price] micro_usd: expected a whole number in 0..100000000, found -5",
            id="negative price",
        ),
        pytest.param(
            "micro_usd = 5",
            "micro_usd = 0.05",
            "[models toy/one.price] micro_usd: expected a whole number",
            id="price in dollars",
        ),
        pytest.param(
            'per = "megapixel"',
            'per = "megapixels"',
            "[models toy/one.price] per: expected picture, megapixel (did you mean megapixel?), found 'megapixels'",
            id="unknown price unit",
        ),
        pytest.param(
            "range = [1, 50]",
            "range = [50, 1]",
            "[models toy/one.parameters.steps] range: expected [lowest, highest], found [50, 1]",
            id="range upside down",
        ),
        pytest.param(
            "range = [1, 50]",
            "range = [1, inf]",
            "[models toy/one.parameters.steps] range: expected [lowest, highest]",
            id="endless range",
        ),
        pytest.param(
            "range = [1, 50]",
            "range = [1, 50.5]",
            "[models toy/one.parameters.steps] range: expected two whole numbers",
            id="fractions for whole numbers",
        ),
        pytest.param(
            "default = 28",
            "default = 51",
            "[models toy/one.parameters.steps] default: expected a value of this parameter (1..50), found 51",
            id="default out of range",
        ),
        pytest.param(
            "default = 28",
            "default = true",
            "[models toy/one.parameters.steps] default: expected a value of this parameter (1..50), found True",
            id="default of another type",
        ),
        pytest.param(
            "default = 28",
            "default = 1979-05-27",
            "[models toy/one.parameters.steps] default: expected a text, a number, true or false",
            id="date as default",
        ),
        pytest.param(
            'type = "int"',
            'type = "integer"',
            "[models toy/one.parameters.steps] type: expected int, float, bool, choice, text (did you mean int?)",
            id="unknown type",
        ),
        pytest.param(
            'title = "One"',
            'titel = "One"',
            "[models toy/one] title: expected a text of 1..2000 characters, which is missing",
            id="misspelt key that is needed",
        ),
        pytest.param(
            "expected_s = 1.5",
            "expected_s = 1.5\nmay_be_retird = true",
            "[models toy/one] may_be_retird: unknown key; did you mean may_be_retired?",
            id="misspelt key that is not needed",
        ),
        pytest.param(
            "expected_s = 1.5",
            "expected_s = nan",
            "[models toy/one] expected_s: expected a number in 0.01..604800, found nan",
            id="not a number",
        ),
        pytest.param(
            'description = "A toy."',
            'description = " "',
            "[models toy/one] description: expected a text",
            id="blank text",
        ),
        pytest.param(
            'image_size = "square" }',
            'image_size = "oblong" }',
            "[models toy/one.aspects.1:1] image_size: expected a word, a side in px, or a size of the provider",
            id="size that the provider has no word for",
        ),
        pytest.param(
            'aspects."1:1" = { width',
            'aspects."2:1" = { width',
            "[models toy/two.aspects] 2:1: unknown key",
            id="unknown aspect",
        ),
        pytest.param(
            "{ width = 512, height = 512 }",
            "{ width = true, height = 512 }",
            "[models toy/two.aspects.1:1] width: expected a word, a side in px",
            id="truth as a side",
        ),
        pytest.param(
            'aspects."1:1" = { width = 512, height = 512 }',
            "",
            "[models toy/two.aspects] 1:1: expected at least one aspect",
            id="no aspect",
        ),
        pytest.param(
            'id = "toy/two"\nprovider = "toy"',
            'id = "toy/two"\nprovider = "tow"',
            "[models toy/two] provider: expected toy (did you mean toy?), found 'tow'",
            id="unknown provider",
        ),
        pytest.param(
            'id = "toy/two"',
            'id = "../../x"',
            "[models ../../x] id: expected 'toy', or 'toy/' and letters",
            id="id like a path",
        ),
        pytest.param(
            'home = "https://toy.example"',
            'home = "javascript:alert(1)"',
            "[providers.toy] home: expected an https address",
            id="home that is no https address",
        ),
        pytest.param(
            "running_cap = 2",
            "running_cap = 0",
            "[providers.toy] running_cap: expected a whole number in 1..10000, found 0",
            id="no running order allowed",
        ),
        pytest.param(
            "[512, 512] }",
            "[512, -1] }",
            "[providers.toy.sizes] square: expected [width, height] in 1..16384",
            id="negative side",
        ),
        pytest.param(
            "schema = 1", "schema = 2", "[] schema: expected a whole number in 1..1, found 2", id="newer form"
        ),
        pytest.param(
            "schema = 1", "", "[] schema: expected a whole number in 1..1, which is missing", id="no form"
        ),
        pytest.param("schema = 1", "schema = 1\nschema = 1", "expected TOML: ", id="the same key twice"),
        pytest.param(
            "schema = 1", "schema = ", "expected TOML: Invalid value (at line 1, column 10)", id="no TOML"
        ),
    ],
)
def test_refuses_a_mistake_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SMALL

    assert refusal_of(tmp_path, SMALL.replace(old, new, 1)).startswith(message)


def test_refuses_a_price_by_size_where_a_size_is_unknown(tmp_path: Path) -> None:
    content = SMALL.replace(', default = "square", description = "Size"', ', description = "Size"')

    message = refusal_of(tmp_path, content)
    assert message.startswith(
        "[models toy/one] price: expected a price per picture: the size of its default is unknown"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "[] schema: expected a whole number", id="empty file"),
        pytest.param(b"schema = 1\xff", "expected UTF-8, byte 10 is not", id="other encoding"),
        pytest.param(b"a" * 1_048_577, "expected at most 1048576 bytes", id="too long"),
        pytest.param(b"x = " + b"[" * 100_000, "expected TOML: ", id="deep nesting"),
        pytest.param(
            b"schema = 1\nmodels = 5",
            "[providers] sketch: expected a table of at least one provider",
            id="no providers",
        ),
        pytest.param(
            SMALL.partition("[[models]]")[0].encode(),
            "[] models: expected one or more tables",
            id="no models",
        ),
        pytest.param(
            b"schema = 1\nproviders = 3", "[] providers: expected a table, found 3", id="no provider table"
        ),
    ],
)
def test_refuses_a_file_that_is_no_catalogue(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal_of(tmp_path, content).startswith(message)


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_refuses_a_path_that_cannot_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(StartError, match="cannot be read"):
        load_catalog(tmp_path / name)


def test_cuts_every_prefix_of_our_own_catalogue_without_a_traceback(tmp_path: Path) -> None:
    """A file that is half written during a reload is refused or read, and nothing else."""
    text = CATALOG_PATH.read_bytes()
    path = tmp_path / "catalog.toml"
    refused = 0
    for end in range(0, len(text), 97):
        path.write_bytes(text[:end])
        try:
            load_catalog(path)
        except StartError:
            refused += 1
    assert refused > 100
