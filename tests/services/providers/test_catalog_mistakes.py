"""Every mistake that a catalogue file may have is refused with its place."""

from pathlib import Path

import pytest

from tests.services.providers.small_catalog import SMALL, refusal_of


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
            'preferred = ["toy/one"]',
            'preferred = ["toy/one"]\npreferred_faces = ["toy/one"]',
            "[] preferred_faces: expected ids of other models of this file ('toy/one' is none)",
            id="a preferred face of a model that keeps none",
        ),
        pytest.param(
            'id = "toy/one"',
            'id = "toy/one"\ncapabilities.keeps_face = true',
            "[models toy/one.capabilities] keeps_face: expected false for a model that looks at no reference",
            id="a face kept without a reference",
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
            "[models toy/one.parameters.steps] type: expected int, float, bool, choice, text, size (did you mean int?)",
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
            "[models toy/two] aspects: expected at least one aspect, or keeps_size and references_needed",
            id="no aspect",
        ),
        pytest.param(
            'aspects."1:1" = { width = 512, height = 512 }',
            'aspects = "square"',
            "[models toy/two] aspects: expected a table, or the name of its provider's aspects, found 'square'",
            id="aspects of an unknown name",
        ),
        pytest.param(
            'image_size = "square" }',
            "image_size = { width = 8, height = 8 } }",
            "[models toy/one] aspects: expected 1:1: image_size of WIDTHxHEIGHT of 64..2048",
            id="aspect that its own parameter refuses",
        ),
        pytest.param(
            'takes = ["image_size"]',
            'takes = ["image_sizes"]',
            "[models toy/one] takes: expected names of its provider's parameters ('image_sizes' is none)",
            id="taking what the provider has not",
        ),
        pytest.param(
            "parameters.steps = { ",
            'parameters.image_size = { type = "bool", description = "Again" }\nparameters.steps = { ',
            "[models toy/one.parameters] image_size: expected a parameter that `takes` does not name already",
            id="one parameter twice",
        ),
        pytest.param(
            'examples = ["a b"], ',
            "",
            "[models toy/one.parameters.words] examples: expected at least one text that is worth offering",
            id="text with nothing to offer",
        ),
        pytest.param(
            'examples = ["a b"], ',
            'examples = ["a b", "far too long"], ',
            "[models toy/one.parameters.words] examples: expected values of this parameter as people type them",
            id="example out of range",
        ),
        pytest.param(
            "longest = 9,",
            "longest = 9, send_default = true,",
            "[models toy/one.parameters.words] send_default: expected a default beside it",
            id="default to send that is not there",
        ),
        pytest.param(
            "default = 28,",
            'default = 28, needs = [{ of = "speed", among = ["high"] }],',
            "[models toy/one] takes: expected what steps needs: speed with high",
            id="need of a parameter that is not there",
        ),
        pytest.param(
            "default = 28,",
            'default = 28, needs = [{ of = "image_size", among = [] }],',
            "[models toy/one.parameters.steps.needs 1] among: expected a list of different texts",
            id="need of nothing",
        ),
        pytest.param(
            "as_object = true",
            "as_object = true\npixels = [5, 1]",
            "[providers.toy.parameters.image_size] pixels: expected [fewest, most], found [5, 1]",
            id="pixels upside down",
        ),
        pytest.param(
            "range = [64, 2048]",
            "range = [64.5, 2048]",
            "[providers.toy.parameters.image_size] range: expected two whole numbers",
            id="half a pixel",
        ),
        pytest.param(
            'price = { per = "megapixel", micro_usd = 5 }',
            'price = { per = "picture", micro_usd = 5, further_micro_usd = 2 }',
            "[models toy/one.price] further_micro_usd: expected a price per megapixel beside it",
            id="further megapixels of a price per picture",
        ),
        pytest.param(
            'price = { per = "megapixel", micro_usd = 5 }',
            'price = { per = "picture", micro_usd = 5, rows = [{ steps = 99, micro_usd = 2 }] }',
            "[models toy/one.price.rows 1] steps: expected a value of that parameter (1..50), found 99",
            id="price of a value that is not taken",
        ),
        pytest.param(
            'price = { per = "megapixel", micro_usd = 5 }',
            "price = { per = 'picture', micro_usd = 5 }\ntoken_prices = { text_in = 5 }",
            "[models toy/one.token_prices] image_in: expected a whole number in 0..100000000, which is missing",
            id="token prices that are not complete",
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
