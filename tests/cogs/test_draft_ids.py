import re

import pytest

from cogs._draft_ids import (
    ADD_KEY_TEMPLATE,
    DRAFT_FORM_TEMPLATE,
    DRAFT_TEMPLATE,
    KEY_FORM_TEMPLATE,
    DraftId,
    DraftVerb,
    add_key_id,
    draft_form_id,
    draft_item_id,
    key_form_id,
    parse_add_key_id,
    parse_draft_id,
)
from cogs._ids import (
    JOB_TEMPLATE,
    MAX_ID_LENGTH,
    ON_TEMPLATE,
    UNKNOWN_TEMPLATE,
    on_id,
    parse_on_id,
)
from services.errors import BugError, UserError
from services.providers.catalog import load_catalog

LARGEST = 10**18 - 1
FORGED = (
    "",
    "v1:draft:paint:",
    "v1:draft:paint:0",
    "v1:draft:nothing:1",
    "v1:draft:on:1:",
    "v1:draft:on:1:a b",
    "v1:draft:on:1:a:b",
    "v1:draft:paint:1\n",
    "v1:draftform:paint:1:steps",
    "v1:keyform:1",
    "v2:draft:paint:1",
    "v1:on:1:",
    "v1:on:x:sketch",
)


@pytest.mark.parametrize("verb", DraftVerb)
def test_reads_back_every_id_about_a_draft(verb: DraftVerb) -> None:
    assert parse_draft_id(draft_item_id(verb, 5)) == DraftId(verb, 5)
    assert parse_draft_id(draft_item_id(verb, 5, "fal/flux-dev")) == DraftId(verb, 5, "fal/flux-dev")


def test_reads_back_the_ids_of_forms() -> None:
    assert parse_draft_id(draft_form_id(5, "num_inference_steps")) == DraftId(
        DraftVerb.VALUE, 5, "num_inference_steps"
    )
    assert parse_draft_id(key_form_id(5, "fal")) == DraftId(DraftVerb.KEY, 5, "fal")


def test_reads_back_the_id_of_another_model_for_a_job() -> None:
    assert parse_on_id(on_id(7, "bfl/flux-pro-1.1")) == (7, "bfl/flux-pro-1.1")


def test_every_model_and_parameter_of_the_catalogue_fits_the_ids() -> None:
    for model in load_catalog().models:
        assert len(on_id(LARGEST, model.id)) <= MAX_ID_LENGTH
        assert len(draft_item_id(DraftVerb.ON, LARGEST, model.id)) <= MAX_ID_LENGTH
        for name in model.parameters:
            assert len(draft_form_id(LARGEST, name)) <= MAX_ID_LENGTH


@pytest.mark.parametrize("custom_id", FORGED)
def test_calls_a_forged_id_out_of_date(custom_id: str) -> None:
    with pytest.raises(UserError) as caught:
        (parse_on_id if custom_id.startswith("v1:on") else parse_draft_id)(custom_id)
    assert caught.value.code == "out_of_date"


@pytest.mark.parametrize("custom_id", [one for one in FORGED if "form" not in one])
def test_exactly_the_catch_all_answers_a_forged_press(custom_id: str) -> None:
    assert re.fullmatch(UNKNOWN_TEMPLATE, custom_id)


@pytest.mark.parametrize(
    "custom_id",
    [
        draft_item_id(DraftVerb.PAINT, 1),
        draft_item_id(DraftVerb.ON, 1, "sketch"),
        on_id(1, "sketch"),
        add_key_id("fal"),
    ],
)
def test_exactly_one_template_answers_a_known_press(custom_id: str) -> None:
    templates = (
        DRAFT_TEMPLATE,
        DRAFT_FORM_TEMPLATE,
        KEY_FORM_TEMPLATE,
        ON_TEMPLATE,
        JOB_TEMPLATE,
        ADD_KEY_TEMPLATE,
        UNKNOWN_TEMPLATE,
    )
    assert sum(bool(re.fullmatch(template, custom_id)) for template in templates) == 1


@pytest.mark.parametrize("name", ["a b", "x" * 65, "ä", "a:b"])
def test_refuses_to_build_an_id_that_could_not_be_read(name: str) -> None:
    with pytest.raises(BugError):
        draft_item_id(DraftVerb.ON, 1, name)
    with pytest.raises(BugError):
        on_id(1, name)


def test_the_provider_of_an_add_key_button_is_read_back_and_a_forged_one_is_out_of_date() -> None:
    assert parse_add_key_id(add_key_id("modelslab")) == "modelslab"
    for forged in ("v1:addkey:", "v1:addkey:A B", "v1:addkey:fal:user", "v1:keyadd:fal:user"):
        with pytest.raises(UserError, match="unknown custom id"):
            parse_add_key_id(forged)
    with pytest.raises(BugError):
        add_key_id("No Such")
