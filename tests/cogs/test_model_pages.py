from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from cogs._model_pages import ModelLine, model_view, models_view
from cogs._text import escape
from cogs.models import note_of, standing_text
from services.languages import LANGUAGES
from services.model_status import ModelStatus
from services.models import Payer
from services.offers import Trouble
from services.providers.catalog import Model, load_catalog
from services.providers.price import Price
from services.providers.registry import Availability
from tests.cogs.house import House, said
from tests.cogs.samples import INJECTIONS, text_of

CATALOG = load_catalog()
SKETCH = CATALOG.find("sketch")
FLUX = CATALOG.find("fal/flux-dev")
READY = ModelStatus(FLUX, Availability.READY, Payer.USER)
NO_KEY = note_of(ModelStatus(FLUX, Availability.NEEDS_KEY, trouble=Trouble("model_needs_key")))


def lines_of(models: Iterable[Model], notes: Mapping[str, str] | None = None) -> list[ModelLine]:
    providers = CATALOG.providers
    return [
        ModelLine(each, providers[each.provider].title, (notes or {}).get(each.id, "")) for each in models
    ]


def listed(text: str, model: Model) -> str:
    [line] = [line for line in text.split("\n") if f"`{model.id}`" in line]
    return line


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_model_of_the_catalogue_is_on_one_page_whatever_stands_in_its_way(language: str) -> None:
    for note in ("", NO_KEY, "x" * 200):
        lines = lines_of(CATALOG.models, dict.fromkeys(CATALOG.by_id, note))
        text = text_of(models_view(lines, language))
        assert len(text) <= 4000
        assert all(f"`{model.id}`" in text for model in CATALOG.models)


async def test_the_list_fits_whatever_the_catalogue_holds() -> None:
    many = [replace(FLUX, id=f"fal/{number}", title="T" * 80) for number in range(100)]
    text = text_of(models_view(lines_of(many)))

    assert len(text) <= 4000
    assert "more" in text
    assert text.endswith("Prices are for one picture.")


async def test_models_stand_under_their_provider_with_price_and_what_is_special() -> None:
    text = text_of(models_view(lines_of(CATALOG.models)))

    assert [line for line in text.split("\n") if line.startswith("### ")] == [
        f"### {entry.title}" for entry in CATALOG.providers.values()
    ]
    assert listed(text, FLUX).endswith("· $0.025 a megapixel")
    assert listed(text, CATALOG.find("fal/codeformer")).endswith("· needs a reference")
    assert listed(text, CATALOG.find("gpt-image-1.5")).endswith("· $0.009 to $0.20 · no seed")


async def test_what_stands_in_the_way_of_a_whole_provider_is_said_once() -> None:
    fal = [model for model in CATALOG.models if model.provider == "fal"]
    notes = dict.fromkeys((model.id for model in fal), NO_KEY) | {"fal/flux-realism": "no price"}
    text = text_of(models_view(lines_of(fal, notes)))

    assert text.count("needs a key") == 1
    assert listed(text, CATALOG.find("fal/flux-realism")).endswith("*no price*")


async def test_a_note_stands_beside_its_model_where_another_one_is_ready() -> None:
    text = text_of(models_view(lines_of([FLUX, CATALOG.find("fal/flux-schnell")], {FLUX.id: NO_KEY})))

    assert "Not available" not in text
    assert listed(text, FLUX).endswith(f"*{NO_KEY}*")


async def test_the_model_that_paints_by_default_is_marked() -> None:
    text = text_of(models_view([ModelLine(SKETCH, "Sketch", is_default=True)]))

    assert "used when you name none" in listed(text, SKETCH)


@pytest.mark.parametrize("model", CATALOG.models, ids=lambda model: model.id)
async def test_the_page_of_a_model_says_everything_about_it_and_fits(model: Model) -> None:
    others = [CATALOG.by_id[model_id] for model_id in model.equivalents]
    german = text_of(model_view(ModelLine(model, "Provider"), standing_text(READY, "de"), others, "de"))
    text = text_of(model_view(ModelLine(model, "Provider"), standing_text(READY), others))

    assert len(german) <= 4000
    assert "-# … und" not in german
    assert len(text) <= 4000
    assert "-# … and" not in text
    assert "Ready: your own key pays" in text
    assert all(f"`{name}`" in text for name in (*model.parameters, *model.equivalents))
    for words in ("Price: ", "seed", "Reference pictures: ", "Aspects: ", "Negative prompt: ", "cancelled"):
        assert words in text


async def test_the_page_of_a_model_says_that_a_price_is_an_estimate() -> None:
    model = replace(FLUX, price=Price(50_000, is_estimate=True))

    assert "about $0.05 a picture, estimated by whoever runs this bot" in text_of(
        model_view(ModelLine(model, "fal"), "Ready", [])
    )


@pytest.mark.parametrize("injection", INJECTIONS)
async def test_words_of_the_operator_do_nothing(injection: str) -> None:
    def shown(words: str) -> str:
        return text_of(models_view([ModelLine(replace(FLUX, title=words), words, words)]))

    assert shown(injection) == shown("WORDS").replace("WORDS", escape(injection))


async def test_the_command_shows_one_model_or_says_that_there_is_none(house: House) -> None:
    page = await house.first_answer("models", model="scripted/quick")
    unknown = await house.first_answer("models", model="flux-shnell")

    assert page["ephemeral"]
    assert "Ready: whoever runs this bot pays" in said(page["message"])
    assert "fal/flux-schnell" in said(unknown["message"])


async def test_the_commands_model_is_completed_while_it_is_typed(house: House) -> None:
    answer = await house.act(
        "autocomplete",
        user="ada",
        channel="portraits",
        name="models",
        option="model",
        value="kontext",
        options={},
    )

    assert [choice["value"] for choice in answer["choices"]] == [
        "fal/flux-pro-kontext",
        "bfl/flux-kontext-pro",
        "bfl/flux-kontext-max",
    ]


@pytest.mark.parametrize(
    ("trouble", "said_of_it"),
    [
        (
            Trouble("model_paused", {"model": "x", "sentence": "Away until Monday"}),
            "paused: Away until Monday",
        ),
        (Trouble("model_gone", {"model": "x"}), "its image service does not know it any more"),
        (Trouble("provider_down", {"model": "x"}), "its image service does not answer at the moment"),
    ],
)
def test_the_list_says_what_stands_in_a_models_way(trouble: Trouble, said_of_it: str) -> None:
    assert note_of(ModelStatus(FLUX, Availability.READY, trouble=trouble)) == said_of_it


async def test_the_page_of_a_model_describes_it_in_the_readers_language() -> None:
    [line] = lines_of([FLUX])
    text = text_of(model_view(line, "Ready", [], "de"))
    assert "Gute Porträts zum kleinen Preis, mit steps und guidance zum Ausprobieren." in text
    assert "- Preis: $0.025 für jedes angefangene Megapixel" in text
    assert "- `enable_safety_checker` `true oder false`" in text
    assert "Wie eng sich das Bild an den Prompt hält" in text
    assert listed(text_of(models_view([line], "de")), FLUX).endswith("· $0.025 je Megapixel")


async def test_the_page_of_every_model_fits_in_every_language() -> None:
    for model in CATALOG.models:
        [line] = lines_of([model])
        for language in LANGUAGES:
            text = text_of(model_view(line, "Ready", CATALOG.models[:5], language))
            assert len(text) <= 4000
            assert all(f"`{name}`" in text for name in model.parameters)
