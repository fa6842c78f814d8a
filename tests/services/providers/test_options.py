"""What people type into `options`, and how it is completed while they type."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import UserError
from services.models import Parameters
from services.providers.catalog import Model, load_catalog
from services.providers.options import parse_options, suggest_options, write_options
from tests.effort import steps_of
from tests.in_words import in_english

CATALOG = load_catalog()
FLUX_DEV = CATALOG.find("fal/flux-dev")
HEADSHOT = CATALOG.find("modelslab/flux-headshot")


@pytest.mark.parametrize(
    ("text", "options"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("  ,; ", {}, id="separators only"),
        pytest.param("steps=28", {"steps": "28"}, id="one"),
        pytest.param("steps=28 guidance=3.5", {"steps": "28", "guidance": "3.5"}, id="two"),
        pytest.param(
            "steps=28, guidance=3.5;raw=yes", {"steps": "28", "guidance": "3.5", "raw": "yes"}, id="commas"
        ),
        pytest.param(
            "steps = 28\nguidance =3.5", {"steps": "28", "guidance": "3.5"}, id="spaces around the sign"
        ),
        pytest.param(
            "Guidance-Scale=3,5 steps=4", {"guidance_scale": "3,5", "steps": "4"}, id="decimal comma"
        ),
        pytest.param('a="x = y, z; w" b=1', {"a": "x = y, z; w", "b": "1"}, id="quoted"),
        pytest.param(r'a="say \"hi\" \\ \n"', {"a": r'say "hi" \ \n'}, id="escapes"),
        pytest.param(
            "a='it' b=“curly one” c=„low“", {"a": "it", "b": "curly one", "c": "low"}, id="other quotes"
        ),
        pytest.param("a=16:9 b=-5 c=@everyone", {"a": "16:9", "b": "-5", "c": "@everyone"}, id="bare signs"),
        pytest.param("a=don't", {"a": "don't"}, id="apostrophe inside a word"),
    ],
)
def test_reads_pairs(text: str, options: dict[str, str]) -> None:
    assert parse_options(text) == options


@pytest.mark.parametrize(
    ("text", "place", "expected", "found"),
    [
        pytest.param("steps", 1, "name=value", "steps", id="no equals sign"),
        pytest.param("steps=28 guidance 3", 10, "name=value", "guidance 3", id="no equals sign later"),
        pytest.param("steps=", 7, "a value after steps=", "", id="no value"),
        pytest.param(
            "steps= , guidance=3", 8, "a value after steps=", ", guidance=3", id="separator for a value"
        ),
        pytest.param('a=""', 3, "a value after a=", '""', id="empty quotes"),
        pytest.param('a="   "', 3, "a value after a=", '"   "', id="blank quotes"),
        pytest.param('a="never closed', 3, 'a closing "', '"never closed', id="open quote"),
        pytest.param("=5", 1, "name=value", "=5", id="no name"),
        pytest.param("5=5", 1, "name=value", "5=5", id="number for a name"),
        pytest.param("a==5", 3, "a value after a=", "=5", id="two signs"),
        pytest.param('a=b"c"', 4, "name=value", '"c"', id="quote inside a word"),
        pytest.param('[{"path": "x"}]', 1, "name=value", '[{"path": "x"}]', id="JSON"),
        pytest.param("a=b\x00c", 3, "visible characters", "b\x00c", id="control character"),
        pytest.param("a=\u202eevil", 3, "visible characters", "\u202eevil", id="text that runs backwards"),
        pytest.param(f"{'n' * 65}=1", 1, "name=value", "n" * 20, id="endless name"),
    ],
)
def test_says_where_and_what_was_expected(text: str, place: int, expected: str, found: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_options(text)

    assert caught.value.code == "bad_options"
    fields = caught.value.fields
    assert in_english(fields["expected"]) == expected
    assert (fields["field"], fields["place"], fields["found"]) == ("options", place, found)


@pytest.mark.parametrize("text", ["steps=1 steps=2", "steps=1 STEPS=2", "a-b=1 a_b=1"])
def test_refuses_a_name_that_stands_twice(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_options(text)

    assert caught.value.code == "duplicate_option"


@pytest.mark.parametrize("length", [4001, 1_000_000])
def test_refuses_more_than_four_thousand_characters(length: int) -> None:
    with pytest.raises(UserError) as caught:
        parse_options("x" * length)

    assert (caught.value.code, caught.value.fields["limit"]) == ("options_too_long", 4000)


def test_reads_exactly_four_thousand_characters() -> None:
    assert parse_options("a=" + "x" * 3998) == {"a": "x" * 3998}


NAMES = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40).filter(
    str.strip
)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_reads_back_whatever_was_quoted(options: dict[str, str]) -> None:
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert parse_options(" ".join(f"{name}={quoted(value)}" for name, value in options.items())) == options


@given(
    st.dictionaries(
        NAMES, st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40), max_size=8
    )
)
def test_reads_back_whatever_was_written(parameters: dict[str, str]) -> None:
    assert parse_options(write_options(parameters)) == parameters


def test_writes_parameters_as_people_type_them() -> None:
    sent: Parameters = {
        "steps": 28,
        "guidance": 3.5,
        "raw": True,
        "image_size": {"width": 1024, "height": 768},
        "negative_prompt": 'café, "hats"',
        "aspect_ratio": "16:9",
    }

    assert write_options(sent) == (
        'steps=28 guidance=3.5 raw=true image_size=1024x768 negative_prompt="café, \\"hats\\"" aspect_ratio=16:9'
    )


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        options = parse_options(text)
    except UserError as error:
        options = {error.code: str(error.fields["field"])}
        assert options.keys() <= {"bad_options", "duplicate_option"}
    assert all(name and value for name, value in options.items())


@settings(max_examples=200)
@given(st.text(max_size=120), st.sampled_from(CATALOG.models))
def test_suggestions_for_any_text_keep_the_limits(partial: str, model: Model) -> None:
    for label, value in suggest_options(model, partial):
        assert 0 < len(label) <= 100
        assert 0 < len(value) <= 100


@pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.id)
def test_every_suggested_text_can_be_sent_as_it_stands(model: Model) -> None:
    names = {value.partition("=")[0] for _, value in suggest_options(model, "")}
    assert names == set(model.parameters)
    for name in names:
        texts = [text for _, text in suggest_options(model, f"{name}=")]
        assert texts
        assert not any(model.fit(parse_options(text)).dropped for text in texts)


@settings(max_examples=300)
@given(
    st.sampled_from(CATALOG.models), st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(0, 40)
)
def test_whatever_is_put_together_from_suggestions_can_be_sent(
    model: Model, picks: list[int], cut: int
) -> None:
    """Suggestions are taken one after the other, the last one perhaps typed half."""
    text = ""
    for pick in picks:
        texts = [value for _, value in suggest_options(model, text)]
        if texts:
            text = texts[pick % len(texts)] + " "
    typed = text[: max(0, len(text) - cut)]
    for _, value in suggest_options(model, typed):
        assert not model.fit(parse_options(value)).dropped


def test_offers_every_parameter_with_its_default_range_and_meaning() -> None:
    pairs = suggest_options(FLUX_DEV, "")

    assert (
        "num_inference_steps · 1..50 · Denoising steps: more is slower and finer",
        "num_inference_steps=28",
    ) in pairs


def test_completes_the_last_part_and_keeps_what_stands_before() -> None:
    pairs = suggest_options(FLUX_DEV, "guidance=4, ste")

    assert [value for _, value in pairs] == ["guidance=4, num_inference_steps=28"]


def test_completes_a_value_with_what_was_typed_first() -> None:
    values = [value for _, value in suggest_options(FLUX_DEV, "steps=2")]

    assert values[:2] == ["num_inference_steps=2", "num_inference_steps=28"]
    assert all(value.startswith("num_inference_steps=2") for value in values)


def test_marks_the_default_among_the_choices() -> None:
    assert suggest_options(FLUX_DEV, "acceleration=n") == [
        ("acceleration=none (default) · none, regular, high", "acceleration=none")
    ]


def test_does_not_offer_again_what_is_there_under_another_name() -> None:
    values = [value for _, value in suggest_options(FLUX_DEV, "steps=8 ")]

    assert values
    assert not any("num_inference_steps" in value for value in values)


@pytest.mark.parametrize(
    "partial",
    [
        pytest.param("nothing_like_it", id="unknown name"),
        pytest.param("steps=99", id="value out of range"),
        pytest.param("unknown=", id="value of an unknown name"),
        pytest.param('prompt="hats and ', id="inside the quotes of no option"),
        pytest.param('steps=many negative_prompt="hats', id="what stands before cannot be sent"),
        pytest.param("steps=8 steps=9 ", id="already wrong"),
        pytest.param("x" * 500, id="500 characters"),
        pytest.param("%_'\";--", id="query signs"),
    ],
)
def test_offers_nothing_where_nothing_fits(partial: str) -> None:
    assert suggest_options(HEADSHOT, partial) == []


@pytest.mark.parametrize(
    ("partial", "completed"),
    [
        pytest.param("neg", 'negative_prompt="blurry, low quality"', id="name"),
        pytest.param("negative_prompt=", 'negative_prompt="blurry, low quality"', id="sign"),
        pytest.param('negative_prompt="', 'negative_prompt="blurry, low quality"', id="open quote"),
        pytest.param('negative="hats and ', 'negative_prompt="hats and"', id="words"),
        pytest.param("negative_prompt=hats", 'negative_prompt="hats"', id="a bare word"),
        pytest.param("negative_prompt=“hats", 'negative_prompt="hats"', id="a phone's quote"),
        pytest.param('negative_prompt="a \\"b', 'negative_prompt="a \\"b"', id="an escaped quote"),
        pytest.param('steps=8 negative="x, y=z', 'steps=8 negative_prompt="x, y=z"', id="signs inside"),
    ],
)
def test_closes_a_quote_that_is_open(partial: str, completed: str) -> None:
    assert [value for _, value in suggest_options(HEADSHOT, partial)] == [completed]


def test_adds_what_a_value_needs_beside_it() -> None:
    gpt = CATALOG.find("gpt-image-2")

    assert [value for _, value in suggest_options(gpt, "output_compression=80")] == [
        "output_compression=80 output_format=jpeg"
    ]
    assert suggest_options(gpt, "format=png output_compression=80") == []
    assert [value for _, value in suggest_options(gpt, "format=webp output_compression=80")] == [
        "format=webp output_compression=80"
    ]


def test_offers_words_and_sizes_for_a_size() -> None:
    values = [value for _, value in suggest_options(FLUX_DEV, "size=")]

    assert values[:2] == ["image_size=landscape_4_3", "image_size=square_hd"]
    assert "image_size=1024x1536" in values
    assert [value for _, value in suggest_options(FLUX_DEV, "size=640x640")] == ["image_size=640x640"]


def test_leaves_out_what_would_be_longer_than_an_autocomplete_carries() -> None:
    before = f'negative_prompt="{"x" * 60}" '

    assert all(len(value) <= 100 for _, value in suggest_options(HEADSHOT, before))
    assert suggest_options(HEADSHOT, before + "width=") != []


@pytest.mark.parametrize("partial", ["", "s", "steps=", "guidance=3.5 out", "a" * 100, '"' * 100, "=" * 100])
def test_suggests_in_few_steps_whatever_is_typed(partial: str) -> None:
    assert steps_of(lambda: suggest_options(FLUX_DEV, partial)) < 5_000
