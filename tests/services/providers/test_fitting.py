"""What people ask for, as each model takes it: names, ranges, our own defaults, and what a parameter needs."""

import pytest

from services.errors import UserError
from services.models import Parameters
from services.providers.catalog import load_catalog
from tests.in_words import in_english, in_words

CATALOG = load_catalog()
HEADSHOT = CATALOG.find("modelslab/flux-headshot")
GPT_2 = CATALOG.find("gpt-image-2")
NEGATIVE_OF_THE_BRIEF = (
    "anime, cartoon, drawing, big nose, long nose, fat, ugly, big lips, big mouth, face proportion mismatch, "
    "unrealistic, monochrome, lowres, bad anatomy, worst quality, low quality, blurry"
)


def test_one_word_for_steps_fits_every_model_that_takes_them() -> None:
    sent = {model.id: dict(model.fit({"steps": "12"}).parameters) for model in CATALOG.models}

    assert sent["fal/flux-dev"] == {"num_inference_steps": 12}
    assert sent["bfl/flux-dev"] == {"steps": 12}
    assert sent["sketch"] == {}
    assert sent["modelslab/flux-headshot"]["num_inference_steps"] == 12


@pytest.mark.parametrize("name", ["guidance", "guidance_scale", "CFG", "guidance-scale"])
def test_synonyms_case_and_dashes_do_not_matter(name: str) -> None:
    assert CATALOG.find("fal/flux-dev").fit({name: "3,5"}).parameters == {"guidance_scale": 3.5}


def test_names_what_a_model_does_not_take_and_why() -> None:
    fitted = CATALOG.find("sketch").fit(
        {"steps": "28", "negative_prompt": "hats", "seed": "5", "num_images": "4", "formt": "png"}, "1:1"
    )

    assert fitted.parameters == {"width": 1024, "height": 1024}
    assert dict(in_words(fitted.dropped)) == {
        "steps": "not taken by Sketch painter",
        "negative_prompt": "not taken by Sketch painter",
        "seed": "a command has its own option for the seed",
        "num_images": "every picture is a job of its own; ask with `count`",
        "formt": "not taken by Sketch painter; did you mean format?",
    }


@pytest.mark.parametrize(
    ("model_id", "name", "value", "allowed"),
    [
        ("fal/flux-dev", "steps", "0", "1..50"),
        ("fal/flux-dev", "steps", "51", "1..50"),
        ("fal/flux-dev", "steps", "-8", "1..50"),
        ("fal/flux-dev", "steps", "2.5", "1..50"),
        ("fal/flux-dev", "steps", "1_0", "1..50"),
        ("fal/flux-dev", "steps", "٣", "1..50"),
        ("fal/flux-dev", "steps", "9" * 5000, "1..50"),
        ("fal/flux-dev", "steps", "", "1..50"),
        ("fal/flux-dev", "guidance", "nan", "1..20"),
        ("fal/flux-dev", "guidance", "inf", "1..20"),
        ("fal/flux-dev", "guidance", "1e1", "1..20"),
        ("bfl/flux-dev", "width", "0", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "-8", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "63", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "300", "256..1440 in steps of 32"),
        ("bfl/flux-dev", "width", "100000", "256..1440 in steps of 32"),
        ("fal/flux-dev", "enable_safety_checker", "maybe", "true or false"),
        ("sketch", "format", "gif", "jpeg, png, webp"),
        ("modelslab/flux-headshot", "negative_prompt", "x" * 2001, "1..2000 characters"),
        ("modelslab/flux-headshot", "negative_prompt", "\u200b", "1..2000 characters"),
        ("modelslab/flux-headshot", "negative_prompt", "a\x00b", "1..2000 characters"),
    ],
)
def test_refuses_a_value_out_of_range(model_id: str, name: str, value: str, allowed: str) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find(model_id).fit({name: value})

    assert caught.value.code == "bad_option"
    fields = caught.value.fields
    assert (in_english(fields["allowed"]), fields["found"]) == (allowed, value[:100])


@pytest.mark.parametrize("value", ["1", "50", "+8", " 8 "])
def test_takes_the_ends_of_a_range_and_how_people_write_numbers(value: str) -> None:
    assert CATALOG.find("fal/flux-dev").fit({"steps": value}).parameters == {
        "num_inference_steps": int(value)
    }


def test_refuses_two_names_of_one_parameter() -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("fal/flux-dev").fit({"steps": "8", "num_inference_steps": "9"})

    assert (caught.value.code, caught.value.fields["field"]) == ("duplicate_option", "num_inference_steps")


def test_what_was_asked_for_wins_over_the_aspect() -> None:
    fitted = CATALOG.find("bfl/flux-dev").fit({"width": "512"}, "1:1")

    assert fitted.parameters == {"width": 512, "height": 1024}


def test_leaves_the_size_to_the_vendor_without_an_aspect() -> None:
    assert CATALOG.find("fal/flux-dev").fit({}).parameters == {}


@pytest.mark.parametrize("aspect", ["16:0", "a:b", "1e9:1", "2:1", "16:9" * 100, "1:1:1"])
def test_refuses_an_aspect_that_is_not_in_the_list(aspect: str) -> None:
    with pytest.raises(UserError) as caught:
        CATALOG.find("sketch").fit({}, aspect)

    assert caught.value.code == "bad_aspect"
    assert caught.value.fields["allowed"] == "21:9, 16:9, 4:3, 3:2, 1:1, 2:3, 3:4, 9:16, 9:21"
    assert len(str(caught.value.fields["found"])) <= 100


def test_our_own_defaults_are_sent_where_nothing_else_was_asked_for() -> None:
    assert HEADSHOT.fit({}).parameters == {
        "num_inference_steps": 21,
        "guidance_scale": 7.5,
        "negative_prompt": NEGATIVE_OF_THE_BRIEF,
        "width": 1024,
        "height": 1024,
    }


def test_what_was_asked_for_takes_the_place_of_our_own_defaults() -> None:
    sent = HEADSHOT.fit({"negative": "hats", "steps": "8"}, "16:9").parameters

    assert (sent["negative_prompt"], sent["num_inference_steps"]) == ("hats", 8)
    assert (sent["width"], sent["height"]) == (1024, 576)


@pytest.mark.parametrize(
    ("name", "value", "sent", "reason"),
    [
        ("steps", "40", 26, "26 is the most; 40 was asked for"),
        ("steps", "0", 1, "1 is the least; 0 was asked for"),
        ("guidance", "99,5", 10, "10 is the most; 99.5 was asked for"),
        ("width", "2048", 1024, "1024 is the most; 2048 was asked for"),
        ("width", "9" * 18, 1024, f"1024 is the most; {'9' * 18} was asked for"),
        ("height", "-8", 256, "256 is the least; -8 was asked for"),
        ("height", "1001", 1000, "1000 is the nearest step of 8; 1001 was asked for"),
    ],
)
def test_a_clamped_number_out_of_range_becomes_the_nearest_and_is_named(
    name: str, value: str, sent: int, reason: str
) -> None:
    fitted = HEADSHOT.fit({name: value})

    assert [dict(fitted.parameters)[key] for key in fitted.parameters if name in key] == [sent]
    assert dict(in_words(fitted.dropped)) == {name: reason}


@pytest.mark.parametrize(("name", "value"), [("steps", "many"), ("steps", "2.5"), ("guidance", "nan")])
def test_a_clamped_number_that_is_no_number_is_refused(name: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        HEADSHOT.fit({name: value})

    assert caught.value.code == "bad_option"


def test_the_larger_door_takes_larger_pictures() -> None:
    fitted = CATALOG.find("modelslab/flux-headshot-enterprise").fit({"width": "2048", "height": "2056"})

    assert (fitted.parameters["width"], fitted.parameters["height"]) == (2048, 2048)
    assert dict(in_words(fitted.dropped)) == {"height": "2048 is the most; 2056 was asked for"}


@pytest.mark.parametrize("text", ["1536x1024", "1536 X 1024", "1536×1024", " 1536*1024 "])
def test_a_size_is_read_however_people_write_it(text: str) -> None:
    assert GPT_2.fit({"size": text}).parameters == {"size": "1536x1024"}


def test_a_vendor_that_takes_sizes_as_objects_gets_one() -> None:
    flux = CATALOG.find("fal/flux-dev")

    assert flux.fit({"size": "1024x1536"}).parameters == {"image_size": {"width": 1024, "height": 1536}}
    assert flux.fit({"image_size": "Portrait_4_3"}).parameters == {"image_size": "portrait_4_3"}


@pytest.mark.parametrize("size", ["auto", "3840x2160", "2160x3840", "1440x480", "1024x640"])
def test_takes_the_ends_of_what_openai_says_of_sizes(size: str) -> None:
    assert GPT_2.fit({"size": size}).parameters == {"size": size}


@pytest.mark.parametrize(
    ("size", "why"),
    [
        ("1000x1024", "no multiple of 16"),
        ("1536x496", "more than three to one"),
        ("3840x2176", "too many pixels"),
        ("3856x2048", "too long a side"),
        ("1008x640", "too few pixels"),
        ("0x1024", "no width"),
        ("99999x99999", "enormous"),
        ("1024", "no height"),
        ("1024x1024x1024", "three sides"),
        ("landscape", "no word of this vendor"),
    ],
)
def test_refuses_a_size_outside_the_rules(size: str, why: str) -> None:
    with pytest.raises(UserError) as caught:
        GPT_2.fit({"size": size})

    assert caught.value.code == "bad_option", why
    assert in_english(caught.value.fields["allowed"]).startswith(
        "WIDTHxHEIGHT of 480..3840 in steps of 16 with 3:1 at most"
    )


@pytest.mark.parametrize(
    ("asked", "field", "allowed"),
    [
        ({"background": "transparent", "format": "jpeg"}, "background", "png or webp"),
        ({"output_compression": "80"}, "output_compression", "jpeg or webp"),
        ({"output_compression": "80", "format": "png"}, "output_compression", "jpeg or webp"),
    ],
)
def test_refuses_a_value_whose_need_is_not_met(asked: dict[str, str], field: str, allowed: str) -> None:
    with pytest.raises(UserError) as caught:
        GPT_2.fit(asked)

    assert caught.value.code == "option_needs"
    fields = caught.value.fields
    assert (fields["field"], fields["needs"]) == (field, "output_format")
    assert in_english(fields["allowed"]) == allowed


@pytest.mark.parametrize(
    "asked",
    [
        {"background": "transparent"},
        {"background": "transparent", "output_format": "webp"},
        {"background": "opaque", "output_format": "jpeg"},
        {"output_compression": "80", "output_format": "jpeg"},
    ],
)
def test_takes_a_value_whose_need_is_met_by_what_was_asked_or_by_the_default(asked: dict[str, str]) -> None:
    assert GPT_2.fit(asked).parameters.keys() == asked.keys()


def test_what_is_sent_beside_counts_for_needs_and_stays() -> None:
    beside = {"output_format": "jpeg", "quality": "high"}

    changed = GPT_2.fit({"output_compression": "80"}, beside=beside)
    assert changed.parameters == {**beside, "output_compression": 80}
    with pytest.raises(UserError) as caught:
        GPT_2.fit({"output_format": "png"}, beside=changed.parameters)
    assert caught.value.code == "option_needs"


def test_a_model_without_aspects_drops_the_aspect_and_says_why() -> None:
    fitted = CATALOG.find("fal/codeformer").fit({}, "1:1")

    assert fitted.parameters == {}
    assert dict(in_words(fitted.dropped)) == {"aspect": "CodeFormer keeps the shape of its reference picture"}


def test_moving_drops_what_does_not_fit_and_names_it() -> None:
    asked: Parameters = {
        "steps": 50,
        "quality": "high",
        "image_size": {"width": 1024, "height": 1536},
        "cfg": 3.25,
    }

    fitted = CATALOG.find("bfl/flux-dev").fit(asked, "1:1", is_strict=False)
    assert fitted.parameters == {"steps": 50, "guidance": 3.25, "width": 1024, "height": 1024}
    assert dict(in_words(fitted.dropped)) == {
        "quality": "not taken by FLUX.1 [dev] (BFL)",
        "image_size": "not taken by FLUX.1 [dev] (BFL)",
    }


def test_moving_drops_a_value_out_of_range_or_in_need_and_names_it() -> None:
    fitted = GPT_2.fit({"output_compression": 80, "quality": "max"}, "21:9", is_strict=False)

    assert fitted.parameters == {"size": "1344x576"}
    assert dict(in_words(fitted.dropped)) == {
        "quality": "GPT Image 2 takes auto, low, medium, high",
        "output_compression": "needs output_format=jpeg or webp",
    }


def test_moving_to_a_model_that_lacks_the_aspect_leaves_the_shape_to_it() -> None:
    fitted = CATALOG.find("gpt-image-1.5").fit({}, "16:9", is_strict=False)

    assert fitted.parameters == {}
    assert dict(in_words(fitted.dropped)) == {"aspect": "GPT Image 1.5 takes 3:2, 1:1, 2:3"}


def test_knows_what_somebody_asked_for_among_what_was_sent() -> None:
    sent = HEADSHOT.fit({"steps": "8", "width": "512"}, "1:1").parameters

    assert HEADSHOT.asked_of(sent, "1:1") == {"num_inference_steps": 8, "width": 512}
    assert HEADSHOT.asked_of(sent, "") == {"num_inference_steps": 8, "width": 512}
