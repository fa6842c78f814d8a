"""An order becomes the vendor's JSON."""

import base64
import json
from typing import Any

import pytest

from services.models import Parameters
from services.providers.base import PaintOrder, Reference
from services.providers.bfl.orders import LONGEST_WEBHOOK_URL, encode_order, reference_fields
from services.providers.model import Capabilities, ReferenceForm

PICTURES = tuple(Reference(data, "image/png", 8, 8) for data in (b"one", b"two", b"three"))


NO_REFERENCES = Capabilities()


def body_of(order: PaintOrder, capabilities: Capabilities = NO_REFERENCES) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_order(order, capabilities))
    return body


def order(parameters: Parameters | None = None, **values: Any) -> PaintOrder:  # noqa: ANN401 - other fields of an order
    return PaintOrder("bfl/flux-dev", "flux-dev", "a face", 7, parameters or {}, **values)


def test_parameters_keep_the_vendors_names_beside_prompt_and_seed() -> None:
    assert body_of(order({"width": 512, "steps": 28, "guidance": 3.5})) == {
        "width": 512,
        "steps": 28,
        "guidance": 3.5,
        "prompt": "a face",
        "seed": 7,
    }


def test_a_parameter_never_replaces_prompt_or_seed() -> None:
    body = body_of(order({"prompt": "another", "seed": 1}))

    assert (body["prompt"], body["seed"]) == ("a face", 7)


def test_no_seed_is_sent_where_none_was_asked_for() -> None:
    assert "seed" not in body_of(PaintOrder("bfl/flux-dev", "flux-dev", "a face", None))


def test_references_are_base64_without_a_data_address_in_numbered_fields() -> None:
    taken = Capabilities(reference_field="input_image", reference_form=ReferenceForm.NUMBERED, references=4)
    body = body_of(order(references=PICTURES), taken)

    assert [body[name] for name in ("input_image", "input_image_2", "input_image_3")] == [
        base64.b64encode(picture.data).decode() for picture in PICTURES
    ]
    assert "input_image_4" not in body


def test_a_model_with_one_field_gets_the_first_reference_only() -> None:
    body = body_of(order(references=PICTURES), Capabilities(reference_field="image_prompt", references=1))

    assert body["image_prompt"] == base64.b64encode(b"one").decode()
    assert len(body) == 3


def test_a_model_without_a_field_for_references_gets_none() -> None:
    assert set(body_of(order(references=PICTURES))) == {"prompt", "seed"}


@pytest.mark.parametrize(
    ("form", "count", "fields"),
    [
        (ReferenceForm.ONE, 0, ()),
        (ReferenceForm.ONE, 1, ("image",)),
        (ReferenceForm.NUMBERED, 0, ()),
        (ReferenceForm.NUMBERED, 1, ("image",)),
        (ReferenceForm.NUMBERED, 3, ("image", "image_2", "image_3")),
    ],
)
def test_the_fields_of_references_are_counted_from_two(
    form: ReferenceForm, count: int, fields: tuple[str, ...]
) -> None:
    assert reference_fields(Capabilities(reference_field="image", reference_form=form), count) == fields


@pytest.mark.parametrize(
    ("length", "is_sent"), [(LONGEST_WEBHOOK_URL, True), (LONGEST_WEBHOOK_URL + 1, False)]
)
def test_a_webhook_address_is_sent_up_to_the_vendors_length(length: int, is_sent: bool) -> None:
    address = "https://limner.example/".ljust(length, "x")

    assert body_of(order(webhook_url=address)).get("webhook_url") == (address if is_sent else None)
