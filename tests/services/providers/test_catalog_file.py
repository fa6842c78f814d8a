"""A catalogue file that is wrong is refused with the place of its mistake."""

import os
from pathlib import Path

import pytest

from services.errors import StartError
from services.providers.catalog import CATALOG_PATH, Price, load_catalog
from tests.services.providers.small_catalog import OWN_ASPECTS, SMALL, load_small, refusal_of


def test_reads_a_small_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL)
    catalog = load_catalog(path)

    one = catalog.find("one")
    assert [model.id for model in catalog.models] == ["toy/one", "toy/two"]
    assert (one.expected_s, one.equivalents, one.may_be_retired) == (1.5, ("toy/two",), False)
    assert tuple(one.aspects) == ("3:2", "1:1")
    assert one.fit({"steps": "50"}, "1:1").parameters == {"image_size": "square", "steps": 50}
    assert tuple(one.parameters) == ("image_size", "steps", "words")
    assert catalog.providers["toy"].running_cap == 2


def test_reads_the_aspects_of_a_provider_by_their_name(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL.replace(OWN_ASPECTS, 'aspects = "plain"'))

    assert load_catalog(path).find("two").aspects == load_small(tmp_path).find("two").aspects


def test_puts_the_operators_prices_in_the_place_of_the_files(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL)
    catalog = load_catalog(path, prices={"TOY/One": 70_000, "toy/two": 0})

    one, two = catalog.models
    assert one.price == Price(70_000, is_estimate=True)
    assert one.price_micro_usd({"image_size": {"width": 2048, "height": 2048}}) == 70_000
    assert two.price_micro_usd({}) == 0
    assert catalog.by_id["toy/one"] is one


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("toy/on", "did you mean toy/one?"), ("fal-key:1234", "docs/models.md lists the ids")],
)
def test_refuses_a_price_of_an_unknown_model_and_repeats_nothing(
    tmp_path: Path, typed: str, hint: str
) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL)
    with pytest.raises(StartError) as caught:
        load_catalog(path, prices={"toy/one": 1, typed: 1})

    assert caught.value.code == "bad_settings"
    assert str(caught.value) == f"LIMNER_PRICES: entry 2 names no model; {hint}"


def test_takes_a_byte_order_mark_for_an_editors_habit(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.encode())

    assert load_catalog(path).preferred == ("toy/one",)


def test_cores_means_as_many_as_this_machine_has(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(SMALL.replace("running_cap = 2", 'running_cap = "cores"'))

    assert load_catalog(path).providers["toy"].running_cap == os.cpu_count()


def test_refuses_a_price_by_size_where_a_size_is_unknown(tmp_path: Path) -> None:
    content = SMALL.replace('default = "square"\n', "")

    message = refusal_of(tmp_path, content)
    assert message.startswith(
        "[models toy/one] price: expected most_megapixels, or a price per picture: the size of its default is unknown"
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
