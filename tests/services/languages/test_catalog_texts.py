"""What the catalogue of models says, in every language: whole, without leftovers, and short enough."""

import pytest

from services.languages import ENGLISH, LANGUAGES
from services.languages.catalog import catalog_text, catalog_texts
from services.providers.catalog import load_catalog
from services.providers.facts import allowed_words, facts_of, parameter_notes
from services.providers.options import LONGEST_SUGGESTION, suggest_options
from services.providers.parameters import Parameter
from services.providers.price_words import price_sentence, price_words

CATALOG = load_catalog()
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
PARAMETERS = [each for model in CATALOG.models for each in model.parameters.values()]
KNOB = LONGEST_SUGGESTION
"""Of an option of a select. *Source:* Discord, Select Option, "description"."""


def knob_words(parameter: Parameter, language: str) -> str:
    return f"{allowed_words(parameter, language)} · {catalog_text(language, parameter.description)}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_description_of_the_catalogue_is_translated_and_nothing_else_is(language: str) -> None:
    english = {each.description for each in CATALOG.models} | {each.description for each in PARAMETERS}
    translated = catalog_texts(language)
    assert sorted(english - translated.keys()) == []
    assert sorted(translated.keys() - english) == []
    assert all(text.strip() for text in translated.values())


@pytest.mark.parametrize("language", OTHERS)
def test_what_fits_into_a_choice_in_english_does_so_in_every_language(language: str) -> None:
    labels = (
        knob_words,
        lambda each, language: f"{each.name} · {knob_words(each, language)}",
        lambda each, language: "; ".join(parameter_notes(each, language)),
    )
    for label in labels:
        cut = [
            label(each, language)
            for each in PARAMETERS
            if len(label(each, ENGLISH)) <= KNOB < len(label(each, language))
        ]
        assert cut == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translated_end_of_a_sentence_is_one(language: str) -> None:
    ends = [
        english
        for english, text in catalog_texts(language).items()
        if english.endswith(".") != text.endswith(".")
    ]
    assert ends == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_everything_about_every_model_can_be_said(language: str) -> None:
    for model in CATALOG.models:
        words = [
            *facts_of(model, language),
            price_words(model.price, language),
            price_sentence(model, language),
        ]
        words += [note for each in model.parameters.values() for note in parameter_notes(each, language)]
        assert all(words)
        assert not [each for each in words if "{" in each]


def test_a_model_is_told_of_in_german() -> None:
    assert list(facts_of(CATALOG.find("fal/flux-dev"), "de")) == [
        "Preis: $0.025 für jedes angefangene Megapixel",
        "Nimmt einen Seed: Derselbe Seed, dieselben Worte und Parameter geben dasselbe Bild",
        "Vorlagen: keine",
        "Seitenverhältnisse: 21:9, 16:9, 4:3, 3:2, 1:1, 2:3, 3:4, 9:16, 9:21",
        (
            "Abwandlungen: leicht und stark mit fal/flux-dev-image-to-image, mit dem Bild als Vorlage, die mehr oder "
            "weniger zählt"
        ),
        "Negativer Prompt: nein",
        "Lässt sich nach der Bestellung noch abbrechen: ja",
        "Meldet sich, wenn ein Bild fertig ist: ja",
        "Dauert meist 6 s",
    ]


@pytest.mark.parametrize(
    ("model", "german"),
    [
        ("sketch", "umsonst"),
        ("fal/clarity-upscaler", "$0.03 für jedes angefangene Megapixel, gezählt nach dem Vergrößern"),
        ("openai/gpt-image-1.5", "$0.009 bis $0.20 je Bild, nach quality und size"),
        (
            "fal/flux-2-pro-edit",
            "$0.03 für das erste Megapixel, $0.015 für jedes weitere, $0.015 für jedes Megapixel einer Vorlage",
        ),
        (
            "openai/gpt-image-2.5-flare",
            (
                "nach Tokens, für eine Million $5.00 (Text), $8.00 (Vorlage), $30.00 (Bild); steht erst hinterher "
                "fest; aus, bis die Betreiber dieses Bots eine Schätzung eintragen"
            ),
        ),
    ],
    ids=["free", "by size", "by parameters", "with references", "in tokens"],
)
def test_a_price_is_told_in_german(model: str, german: str) -> None:
    assert price_sentence(CATALOG.find(model), "de") == german


def test_options_are_suggested_in_german_and_sent_as_ever() -> None:
    model = CATALOG.find("fal/flux-dev")
    assert suggest_options(model, "steps", "de") == [
        ("num_inference_steps · 1..50 · Schritte: mehr ist langsamer und feiner", "num_inference_steps=28")
    ]
    assert suggest_options(model, "acceleration=n", "de") == [
        ("acceleration=none (Vorgabe) · none, regular, high", "acceleration=none")
    ]
    for typed in ("", "enable_safety_checker=", "size="):
        texts = [text for _, text in suggest_options(model, typed)]
        assert [text for _, text in suggest_options(model, typed, "de")] == texts


def test_models_are_suggested_with_their_price_in_german() -> None:
    assert CATALOG.suggest_models("fal/flux-dev", language="de")[0][0].endswith(" · $0.025 je Megapixel")


def test_a_text_that_no_language_knows_is_said_as_it_stands() -> None:
    assert (
        catalog_text("de", "A knob of an operator's own catalogue") == "A knob of an operator's own catalogue"
    )
