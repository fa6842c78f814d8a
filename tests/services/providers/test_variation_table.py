"""How a model's pictures are varied, as the catalogue file says it."""

from pathlib import Path

import pytest

from services.providers.catalog import load_catalog
from services.providers.facts import facts_of
from services.providers.model import Strength, VaryBy
from tests.services.providers.small_catalog import SMALL, refusal_of

LOOKS = 'capabilities = { references = 1, reference_field = "image_url" }\n'
PARAMETERS = "parameters.steps = "


def with_vary(vary: str, *, looks: bool = True) -> str:
    """Return the small catalogue with `vary` at its first model, which looks at pictures unless told otherwise."""
    return SMALL.replace(PARAMETERS, f"vary = {vary}\n{LOOKS if looks else ''}{PARAMETERS}", 1)


def test_reads_how_far_each_strength_goes(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(with_vary('{ by = "strength", subtle = { steps = 40 }, strong = { steps = 4 } }'))
    one, two = load_catalog(path).models

    assert one.vary is not None
    assert (one.vary.by, one.vary.model_id) == (VaryBy.STRENGTH, "toy/one")
    assert {each: dict(values) for each, values in one.vary.parameters.items()} == {
        Strength.SUBTLE: {"steps": 40},
        Strength.STRONG: {"steps": 4},
    }
    assert two.vary is None
    assert "Variations: no" in list(facts_of(two))


def test_says_which_other_model_does_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.toml"
    path.write_text(
        SMALL.replace(PARAMETERS, LOOKS + PARAMETERS).replace(
            'title = "Two"', 'title = "Two"\nvary = { by = "words", model = "toy/one" }'
        )
    )
    facts = list(facts_of(load_catalog(path).find("toy/two")))

    assert any(
        each.startswith("Variations: subtle and strong by toy/one, with the picture") for each in facts
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (with_vary('{ by = "magic" }'), "[models toy/one.vary] by: expected strength, words, features"),
        (
            with_vary('{ by = "words", model = "toy/none" }'),
            "[models toy/one] vary: expected the id of a model",
        ),
        (with_vary('{ by = "words" }', looks=False), "[models toy/one] vary: expected a model that looks"),
        (with_vary('{ by = "words", strnog = 1 }'), "[models toy/one.vary] strnog: unknown key"),
        (
            with_vary('{ by = "strength" }'),
            "[models toy/one] vary: expected parameters for subtle and for strong",
        ),
        (
            with_vary('{ by = "strength", subtle = { steps = 4 }, strong = { steps = 400 } }'),
            "[models toy/one] vary: expected strong: a parameter of toy/one in its range, not steps=400",
        ),
        (
            with_vary('{ by = "strength", subtle = { weight = 4 }, strong = { steps = 4 } }'),
            "[models toy/one] vary: expected subtle: a parameter of toy/one in its range, not weight=4",
        ),
        (
            SMALL.replace(PARAMETERS, f"capabilities = {{ upscales = true }}\n{PARAMETERS}", 1),
            "[models toy/one] capabilities: expected keeps_size, references_needed and scaled_by",
        ),
    ],
    ids=["way", "model", "blind", "key", "no strength", "range", "parameter", "upscaler without a factor"],
)
def test_refuses_a_mistake_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    assert content != SMALL
    assert refusal_of(tmp_path, content).startswith(message)
