import json
from dataclasses import replace

import pytest
from discord import ui

from cogs._ids import parse_id
from cogs._picture_words import MOST_ALT_TEXT, picture_alt_text
from cogs._present import Attachment, Shown, result_view
from services.jobs.courier import CharacterTag, FailedResult
from services.languages import LANGUAGES
from services.models import CAME_AS, LEFT_OUT, DrawnFeature, Dropped, Payer, Recipe, Visibility
from services.offers import Offer
from services.sayings import saying
from tests.cogs.samples import (
    DROPPED,
    INJECTIONS,
    custom_ids,
    failure,
    imagined,
    picture,
    recipe,
    text_of,
)
from tests.cogs.test_text import LIVE

FILE = Attachment("limner-00000001.png", "A portrait", b"")
SKETCH_LINE = "🖌️ Offline sketch - drawn by a program, not a photo"
FOUR = tuple(picture(n, recipe(image_seed=n, dropped=DROPPED)) for n in range(1, 5))


def lines_of(shown: Shown) -> str:
    return text_of(result_view(shown, [FILE] * max(1, len(shown.pictures))))


async def test_a_single_portrait_says_code_seeds_model_and_price() -> None:
    text = lines_of(Shown((picture(price_micro_usd=60_000, cost_micro_usd=40_000),)))
    for part in ("`00000001`", "image seed `11`", "prompt seed `22`", "sketch", "$0.04"):
        assert part in text


async def test_a_picture_that_came_after_its_price_was_given_back_says_so() -> None:
    late = picture(price_micro_usd=60_000, cost_micro_usd=40_000, is_given_back=True)
    assert "· $0.04, not charged to you" in lines_of(Shown((late,)))
    own = replace(late, payer=Payer.USER)
    assert "not charged" not in lines_of(Shown((own,)))


async def test_says_free_for_a_picture_that_costs_nothing() -> None:
    assert "· free" in lines_of(Shown((picture(),)))


async def test_says_what_made_the_picture() -> None:
    assert SKETCH_LINE in lines_of(Shown((picture(),)))
    made_by = recipe(provider="fal", model="fal/flux-dev")
    assert "AI-generated image (model fal/flux-dev, paid on this bot's account)" in lines_of(
        Shown((picture(1, made_by),))
    )


def test_a_picture_of_a_character_says_which_version_and_which_number() -> None:
    mira = CharacterTag("Mira *", 2, 4)
    text = text_of(result_view(Shown((picture(character=mira),)), ()))
    assert "`00000001` · Mira \\*, version 2, picture 4 · " in text
    taken_out = replace(mira, number=None)
    text = text_of(result_view(Shown((picture(character=taken_out),), language="de"), ()))
    assert "Mira \\*, Version 2 · " in text
    assert "Mira" not in text_of(result_view(Shown((picture(),)), ()))


@pytest.mark.parametrize(
    ("payer", "words"),
    [
        (Payer.USER, "the asker's own account"),
        (Payer.SERVER, "this server's account"),
        (Payer.OPERATOR, "this bot's"),
    ],
)
async def test_says_whose_account_paid(payer: Payer, words: str) -> None:
    paid = replace(picture(1, recipe(provider="fal", model="fal/flux-dev")), payer=payer)
    assert words in lines_of(Shown((paid,)))


async def test_the_price_of_painting_again_stands_on_the_buttons() -> None:
    priced = replace(picture(1, recipe(provider="fal", model="fal/flux-dev")), price_micro_usd=25_000)
    labels = button_labels(result_view(Shown((priced,)), [FILE]))

    assert labels[:3] == ["Same seed · $0.025", "New seed · $0.025", "Edit"]
    assert button_labels(result_view(Shown((picture(),)), [FILE]))[0] == "Same seed"


async def test_what_did_not_come_is_offered_elsewhere_and_its_details_to_be_read() -> None:
    failure = FailedResult(
        9, "provider_model_gone", "failed", {}, "abc", 25_000, "fal/flux-realism", has_details=True
    )
    offers = (Offer("sketch", "Sketch painter", 0, Payer.NOBODY),)
    view = result_view(Shown((), (failure,), offers=offers), ())

    assert button_labels(view) == ["Sketch painter · free", "Details"]


def button_labels(view: ui.LayoutView) -> list[str | None]:
    return [item.label for item in view.walk_children() if isinstance(item, ui.Button)]


async def test_says_that_a_model_takes_no_seed() -> None:
    assert "no seed on this model" in lines_of(Shown((picture(1, imagined(image_seed=None)),)))


async def test_nothing_offers_a_new_seed_where_there_is_none() -> None:
    labels = button_labels(result_view(Shown((picture(1, imagined(image_seed=None)),)), [FILE]))

    assert "Again" in labels
    assert not any("seed" in str(label) for label in labels)


async def test_a_value_that_was_sent_as_the_nearest_one_is_called_changed() -> None:
    said = (
        Dropped("steps", "26 is the most; 40 was asked for"),
        Dropped("colour", "not taken by FLUX Headshot"),
    )
    clamped = imagined(parameters={"num_inference_steps": 26}, dropped=said)
    text = lines_of(Shown((picture(1, clamped),)))

    assert "Changed: `steps` (26 is the most; 40 was asked for)" in text
    assert "Not used: `colour`" in text


async def test_why_something_is_otherwise_than_asked_is_said_in_the_readers_language() -> None:
    why = (
        Dropped("steps", saying("dropped.most", nearest="26", asked="40")),
        Dropped("colour", saying("dropped.not_taken", model="FLUX Headshot")),
        Dropped(LEFT_OUT, saying("dropped.not_drawn", features="Nose: *cyberpunk*")),
        Dropped(CAME_AS, saying("dropped.came_as", width=96, height=96, asked_width=512, asked_height=512)),
        Dropped("hats", "not taken by FLUX Headshot"),
    )
    painted = picture(1, imagined(parameters={"num_inference_steps": 26}, dropped=why))
    assert lines_of(Shown((painted,), language="de")).split("\n")[-5:] == [
        "-# Geändert: `steps` (26 ist das Höchste; gewünscht war 40)",
        "-# Nicht verwendet: `colour` (das kennt FLUX Headshot nicht)",
        "-# Zum Bild: nicht gezeichnet wurde Nose: \\*cyberpunk\\*",
        "-# Größe: kam mit 96 x 96 statt 512 x 512",
        "-# Nicht verwendet: `hats` (not taken by FLUX Headshot)",
    ]
    assert lines_of(Shown((painted,))).split("\n")[-5:] == [
        "-# Changed: `steps` (26 is the most; 40 was asked for)",
        "-# Not used: `colour` (not taken by FLUX Headshot)",
        "-# Not in the picture: not drawn: Nose: \\*cyberpunk\\*",
        "-# Size: came as 96 x 96 instead of 512 x 512",
        "-# Not used: `hats` (not taken by FLUX Headshot)",
    ]


async def test_a_picture_that_was_cancelled_has_no_empty_reference() -> None:
    canceled = replace(failure(code="canceled"), state="canceled", reference="")
    text = lines_of(Shown((), (canceled,)))

    assert "Cancelled. You are not charged." in text
    assert "Reference" not in text


async def test_names_every_parameter_that_was_dropped() -> None:
    assert "Not used: `parameter_0` (this model has none" in lines_of(
        Shown((picture(1, recipe(dropped=DROPPED[:1])),))
    )


async def test_says_that_only_one_person_sees_a_private_result() -> None:
    assert "Only you can see this" in lines_of(Shown((picture(),), visibility=Visibility.PRIVATE))
    assert "Only you can see this" not in lines_of(Shown((picture(),)))


async def test_a_pair_lists_what_differs() -> None:
    other = recipe(features=(DrawnFeature("Shape", "Nose", "snub"), DrawnFeature("Color", "Eye", "green")))
    text = lines_of(Shown((picture(1), picture(2, other)), is_pair=True))
    assert "### A pair" in text
    assert "- **Nose** aquiline → snub" in text
    assert "Eye" not in text


async def test_a_pair_of_which_one_failed_is_a_portrait_and_a_reason() -> None:
    text = lines_of(Shown((picture(1),), (failure(),), is_pair=True))
    assert "### A portrait" in text
    assert "⚠️" in text
    assert "Reference `12ab34cd`" in text


async def test_buttons_under_one_picture_act_on_it() -> None:
    ids = [parse_id(one) for one in custom_ids(result_view(Shown((picture(3),)), [FILE]))]
    assert [(one.noun, one.verb, one.job_id) for one in ids] == [
        ("job", verb, 3) for verb in ("same", "new", "edit", "pair", "more")
    ]


async def test_buttons_under_several_pictures_ask_which_one() -> None:
    ids = [parse_id(one) for one in custom_ids(result_view(Shown(FOUR), [FILE] * 4))]
    assert {(one.noun, one.job_id) for one in ids} == {("jobs", 1)}


async def test_own_words_make_no_pair() -> None:
    view = result_view(Shown((picture(1, imagined()),)), [FILE])
    assert [parse_id(one).verb for one in custom_ids(view)] == ["same", "new", "edit", "more"]


async def test_each_picture_has_its_alt_text() -> None:
    view = result_view(Shown((picture(),)), [FILE])
    galleries = [item for item in view.walk_children() if isinstance(item, ui.MediaGallery)]
    assert [(item.media.url, item.description) for item in galleries[0].items] == [
        ("attachment://limner-00000001.png", "A portrait")
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("made_by", [recipe(), imagined("long " * 2000), imagined("")])
def test_alt_text_fits(made_by: Recipe, language: str) -> None:
    assert 0 < len(picture_alt_text(made_by, language)) <= MOST_ALT_TEXT


def test_alt_text_of_own_words_says_the_words() -> None:
    assert picture_alt_text(imagined("a lighthouse")) == "Picture made from the words: a lighthouse"


@pytest.mark.parametrize(
    "shown",
    [
        Shown(FOUR, tuple(failure(n, found="x" * 5000) for n in range(20))),
        Shown((picture(1, imagined("*" * 5000)),)),
        Shown(FOUR[:2], is_pair=True),
        Shown((), tuple(failure(n) for n in range(4))),
    ],
    ids=["four with failures", "long prompt", "pair", "nothing came"],
)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_keeps_to_discords_limits(shown: Shown, language: str) -> None:
    view = result_view(replace(shown, language=language), [FILE] * max(1, len(shown.pictures)))
    assert view.content_length() <= 4000
    assert not shown.pictures or "🖌️ Offline" in text_of(view)
    assert all(0 < len(label or "") <= 80 for label in button_labels(view))
    assert sum(1 for _ in view.walk_children()) <= 40
    # Longer ones were seen to end in an answer 500 (api-docs #8554).
    components = [child.to_component_dict() for child in view.children]
    assert len(json.dumps(components, ensure_ascii=False).encode()) < 10_000


async def test_a_result_without_pictures_has_no_buttons() -> None:
    assert custom_ids(result_view(Shown((), (failure(),)), [])) == []


@pytest.mark.parametrize("text", INJECTIONS)
async def test_a_prompt_stays_inert(text: str) -> None:
    said = lines_of(Shown((picture(1, imagined(text)),)))
    prompt = said[said.index("“") + 1 : said.index("”")]
    assert prompt
    assert not LIVE.search(prompt)


@pytest.mark.parametrize("text", INJECTIONS)
async def test_an_operators_feature_value_stays_inert(text: str) -> None:
    other = recipe(features=(DrawnFeature("Shape", "Nose", text), *recipe().features[1:]))
    said = lines_of(Shown((picture(1), picture(2, other)), is_pair=True))
    value = said[said.index("aquiline → ") + 11 :].split("\n", maxsplit=1)[0]
    assert not LIVE.search(value)


async def test_mentions_the_person_only_where_the_message_answers_no_command() -> None:
    assert "<@7>" in lines_of(Shown((picture(),), recipient_id=7))
    assert "<@" not in lines_of(Shown((picture(),)))
