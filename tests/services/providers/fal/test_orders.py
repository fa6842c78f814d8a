"""An order becomes the JSON, the query and the headers that fal wants."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from yarl import URL

from services.providers.base import PaintOrder, Reference
from services.providers.fal.orders import encode_order, submit_headers, submit_url
from services.providers.model import Capabilities, ReferenceForm
from tests.services.providers.fal.member import CATALOG

FACE = Reference(b"\x89PNG face", "image/png", 8, 8)
FACE_URI = f"data:image/png;base64,{base64.b64encode(FACE.data).decode()}"
OTHER = Reference(b"\xff\xd8other", "image/jpeg", 8, 8)
ORDER = PaintOrder("fal/flux-dev", "fal-ai/flux/dev", "a face", 42, {"num_inference_steps": 28})


def body_of(order: PaintOrder, capabilities: Capabilities = Capabilities(), **given: Any) -> dict[str, Any]:  # noqa: B008, ANN401
    body: dict[str, Any] = json.loads(encode_order(order, capabilities, **given))
    return body


def test_prompt_seed_and_parameters_are_sent_under_the_vendors_names() -> None:
    assert body_of(ORDER) == {"prompt": "a face", "seed": 42, "num_inference_steps": 28}


def test_what_a_model_does_not_take_is_not_sent() -> None:
    assert "prompt" not in body_of(ORDER, Capabilities(takes_prompt=False))
    assert "seed" not in body_of(ORDER, Capabilities(seed=False))
    assert "seed" not in body_of(replace(ORDER, image_seed=None))


def test_a_prompt_of_a_person_cannot_be_replaced_by_a_parameter() -> None:
    assert body_of(replace(ORDER, parameters={"prompt": "another", "seed": 1}))["prompt"] == "a face"


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (ReferenceForm.ONE, {"pic": FACE_URI}),
        (ReferenceForm.LIST, {"pic": [FACE_URI, "https://v3.fal.media/2"]}),
        (ReferenceForm.NUMBERED, {"pic": FACE_URI, "pic_2": "https://v3.fal.media/2"}),
    ],
)
def test_references_are_sent_in_the_form_of_the_model(form: ReferenceForm, fields: dict[str, Any]) -> None:
    order = replace(ORDER, references=(FACE, OTHER))
    capabilities = Capabilities(references=2, reference_field="pic", reference_form=form)
    sent = body_of(order, capabilities, uploaded={1: "https://v3.fal.media/2"})

    assert {name: value for name, value in sent.items() if name.startswith("pic")} == fields


def test_an_order_without_references_names_no_field_for_them() -> None:
    assert "image_urls" not in body_of(ORDER, CATALOG.by_id["fal/flux-2-pro-edit"].capabilities)


@pytest.mark.parametrize(
    "webhook",
    ["https://limner.example/hooks/fal/7.m-a_c", "https://x.example/?a=1&b=2#c", "https://x.example/a b"],
)
def test_the_webhook_arrives_as_it_was_given(webhook: str) -> None:
    url = URL(submit_url("https://queue.fal.run", replace(ORDER, webhook_url=webhook)))

    assert url.path == "/fal-ai/flux/dev"
    assert dict(url.query) == {"fal_webhook": webhook}


def test_without_a_public_address_no_webhook_is_asked_for() -> None:
    assert submit_url("https://queue.fal.run", ORDER) == "https://queue.fal.run/fal-ai/flux/dev"


def test_every_order_is_waited_for_by_somebody() -> None:
    assert submit_headers(ORDER)["X-Fal-Queue-Priority"] == "normal"


@pytest.mark.parametrize(("deadline_s", "sent"), [(1800.0, "1800"), (0.5, "2"), (2.5, "3"), (1e6, "1000000")])
def test_the_deadline_is_sent_in_whole_seconds(deadline_s: float, sent: str) -> None:
    assert submit_headers(replace(ORDER, deadline_s=deadline_s))["X-Fal-Request-Timeout"] == sent


def test_no_other_model_may_paint_instead() -> None:
    assert submit_headers(ORDER)["x-app-fal-disable-fallback"] == "true"


def test_fal_keeps_no_faces_that_were_sent_and_its_pictures_for_a_week() -> None:
    assert submit_headers(replace(ORDER, references=(FACE,)))["X-Fal-Store-IO"] == "0"
    assert "X-Fal-Store-IO" not in submit_headers(ORDER)
    preference = json.loads(submit_headers(ORDER)["X-Fal-Object-Lifecycle-Preference"])
    assert preference == {"expiration_duration_seconds": 604_800}
