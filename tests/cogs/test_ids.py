import re

import pytest

from cogs._ids import (
    FORM_TEMPLATE,
    JOB_TEMPLATE,
    JOBS_TEMPLATE,
    MAX_ID_LENGTH,
    PICK_TEMPLATE,
    UNKNOWN_TEMPLATE,
    ItemId,
    Verb,
    form_id,
    job_item_id,
    parse_id,
    parse_job_id,
    pick_id,
)
from services.errors import BugError, UserError
from services.models import Visibility

LARGEST = 10**18 - 1
FORGED = (
    "",
    "v1:job:same:",
    "v1:job:same:0",
    "v1:job:same:01",
    "v1:job:same:-1",
    "v1:job:same:1:tail",
    "v1:job:same:1\n",
    "v1:job:same:١",
    "v1:job:nothing:1",
    "v2:job:same:1",
    "v0:portrait:9",
    "v1:job:same:" + "9" * 19,
    "v1:pick:same:secret",
    "something else",
    "x" * 100,
)


@pytest.mark.parametrize("verb", Verb)
def test_reads_back_every_id_it_builds(verb: Verb) -> None:
    assert parse_id(job_item_id(verb, 5)) == ItemId("job", verb, 5)
    assert parse_id(job_item_id(verb, 5, is_one_of_several=True)) == ItemId("jobs", verb, 5)
    assert parse_id(pick_id(verb, Visibility.PRIVATE)) == ItemId("pick", verb, None, Visibility.PRIVATE)


def test_reads_back_the_id_of_a_form() -> None:
    assert parse_id(form_id(5, Visibility.PUBLIC)) == ItemId("form", Verb.EDIT, 5, Visibility.PUBLIC)


@pytest.mark.parametrize("verb", Verb)
def test_fits_discords_limit_with_the_largest_job(verb: Verb) -> None:
    for custom_id in (job_item_id(verb, LARGEST), job_item_id(verb, LARGEST, is_one_of_several=True)):
        assert len(custom_id) <= MAX_ID_LENGTH
    assert len(form_id(LARGEST, Visibility.PRIVATE)) <= MAX_ID_LENGTH


@pytest.mark.parametrize("job_id", [0, -1, LARGEST + 1])
def test_refuses_to_build_an_id_that_could_not_be_read(job_id: int) -> None:
    with pytest.raises(BugError):
        job_item_id(Verb.SAME, job_id)


@pytest.mark.parametrize("custom_id", FORGED)
def test_calls_a_forged_or_old_id_out_of_date(custom_id: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_id(custom_id)
    assert caught.value.code == "out_of_date"


@pytest.mark.parametrize("custom_id", FORGED)
def test_exactly_the_catch_all_answers_a_forged_id(custom_id: str) -> None:
    assert re.fullmatch(UNKNOWN_TEMPLATE, custom_id)
    assert not any(re.fullmatch(known, custom_id) for known in (JOB_TEMPLATE, JOBS_TEMPLATE, PICK_TEMPLATE))


@pytest.mark.parametrize("verb", Verb)
def test_exactly_one_template_answers_a_known_id(verb: Verb) -> None:
    templates = (JOB_TEMPLATE, JOBS_TEMPLATE, PICK_TEMPLATE, FORM_TEMPLATE, UNKNOWN_TEMPLATE)
    for custom_id in (
        job_item_id(verb, 5),
        job_item_id(verb, 5, is_one_of_several=True),
        pick_id(verb, Visibility.PUBLIC),
    ):
        assert sum(bool(re.fullmatch(template, custom_id)) for template in templates) == 1


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "x", "١", "9" * 19, "1 "])
def test_refuses_a_forged_value_of_a_select(text: str) -> None:
    with pytest.raises(UserError):
        parse_job_id(text)


def test_reads_the_value_of_a_select() -> None:
    assert parse_job_id("17") == 17
