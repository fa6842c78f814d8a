"""What a German reads on each page: whole sentences, filled in, and nothing left in English."""

from dataclasses import replace

import pytest
from discord import ui

from cogs._compare import comparison_view
from cogs._family import changes_text
from cogs._ids import Verb
from cogs._list_pages import list_view
from cogs._model_pages import ModelLine, model_view, models_view
from cogs._offers import unavailable_view
from cogs._pages import delete_view, more_view, parked_view, recipe_view, which_view
from cogs._picture_words import differences_text, made_by_line, picture_alt_text, seeds_line
from cogs._present import Attachment, Shown, result_view
from cogs._progress import progress_view
from cogs.models import note_of, standing_text
from services.comparing import Comparison
from services.jobs.courier import PictureResult
from services.lineage import Member
from services.looking_up import Asked, Listing, Page
from services.model_status import ModelStatus
from services.models import CharacterUse, DrawnFeature, Payer, Recipe, RecipeKind, Visibility
from services.offers import ModelUnavailable, Offer, Trouble
from services.parked import ParkedResults
from services.providers.catalog import load_catalog
from services.providers.registry import Availability
from services.recipes import Difference, compare_recipes
from tests.cogs.house import House, Json, button, parts, said
from tests.cogs.samples import failure, imagined, picture, progress, recipe, text_of
from tests.cogs.test_settings import me
from tests.services.providers.scripted import Fault, Stage

FILE = Attachment("limner-00000001.png", "Porträt", b"")
CATALOG = load_catalog()
FLUX, SKETCH = CATALOG.find("fal/flux-dev"), CATALOG.find("sketch")
PAINTED = recipe(provider="fal", model="fal/flux-dev")
SNUB = recipe(features=(DrawnFeature("Shape", "Nose", "snub"), recipe().features[1]), image_seed=12)
OFFERS = (
    Offer("fal/flux-dev", "FLUX.1 [dev]", 50_000, Payer.OPERATOR, is_estimate=True),
    Offer("sketch", "Skizzenmaler", 0, Payer.NOBODY),
)
AGAIN = Offer("fal/flux-dev", "FLUX.1 [dev]", 50_000, Payer.OPERATOR, again_job_id=5)


def shown(*pictures: PictureResult, **changes: object) -> ui.LayoutView:
    said = replace(Shown(pictures, language="de"), **changes)  # type: ignore[arg-type] # each as it is called
    return result_view(said, [FILE] * len(pictures))


def labels_of(view: ui.LayoutView) -> list[str | None]:
    return [item.label for item in view.walk_children() if isinstance(item, ui.Button)]


def placeholder_of(view: ui.LayoutView) -> str | None:
    [select] = [item for item in view.walk_children() if isinstance(item, ui.Select)]
    return select.placeholder


def unavailable(code: str, **fields: str) -> ModelUnavailable:
    return ModelUnavailable(Trouble(code, fields), draft_id=4, offers=OFFERS, key_provider="fal")


@pytest.mark.parametrize(
    ("pictures", "changes", "lines"),
    [
        ([picture()], {}, ["### Ein Porträt", "🖌️ Offline-Skizze: von einem Programm gezeichnet, kein Foto"]),
        ([picture()], {}, ["`00000001` · Bild-Seed `11` · Prompt-Seed `22` · umsonst"]),
        ([picture(1), picture(2)], {}, ["### 2 Porträts"]),
        ([picture(1, imagined("ein Leuchtturm"))], {}, ["### Ein Bild", "„ein Leuchtturm“"]),
        ([picture(1, imagined(image_seed=None))], {}, ["· kein Seed bei diesem Modell · umsonst"]),
        ([picture(1), picture(2, imagined())], {}, ["### 2 Bilder"]),
        ([picture()], {"recipient_id": 7}, ["### Ein Porträt für <@7>"]),
        ([picture()], {"visibility": Visibility.PRIVATE}, ["-# 🔒 Nur du siehst das."]),
        (
            [picture(1), picture(2, SNUB)],
            {"is_pair": True},
            [
                "### Ein Paar",
                "**Was sich unterscheidet**",
                "- **Nose** aquiline → snub",
                "- **Bild-Seed** 11 → 12",
            ],
        ),
        (
            [picture(1, PAINTED, price_micro_usd=60_000, is_given_back=True, payer=Payer.OPERATOR)],
            {},
            [
                "· $0.06, dir nicht berechnet",
                "-# KI-generiertes Bild (Modell fal/flux-dev, bezahlt vom Konto dieses Bots)",
            ],
        ),
        (
            [],
            {"failures": (failure(),)},
            [
                "### Diesmal gibt es nichts zu zeigen",
                "⚠️ ",
                "Dir wird nichts berechnet.",
                "-# Kennung `12ab34cd`",
            ],
        ),
    ],
)
async def test_a_result_is_told_in_german(
    pictures: list[PictureResult], changes: dict[str, object], lines: list[str]
) -> None:
    text = text_of(shown(*pictures, **changes))
    assert [line for line in lines if line not in text] == []
    for english in ("seed `", "A p", "What", "Only", "Reference", "charged", "free", "paid", "sketch -"):
        assert english not in text.replace("Bild-Seed", "").replace("Prompt-Seed", "")


@pytest.mark.parametrize(
    ("made_by", "payer", "line"),
    [
        (PAINTED, Payer.NOBODY, "KI-generiertes Bild (Modell fal/flux-dev)"),
        (
            PAINTED,
            Payer.USER,
            "KI-generiertes Bild (Modell fal/flux-dev, bezahlt vom eigenen Konto der Person, die darum gebeten hat)",
        ),
        (
            PAINTED,
            Payer.SERVER,
            "KI-generiertes Bild (Modell fal/flux-dev, bezahlt vom Konto dieses Servers)",
        ),
    ],
)
def test_whose_account_paid_is_told_in_german(made_by: Recipe, payer: Payer, line: str) -> None:
    assert made_by_line(made_by, payer, "de") == line


async def test_the_buttons_of_a_result_are_german() -> None:
    priced = replace(picture(1, PAINTED), price_micro_usd=25_000)
    assert labels_of(shown(priced)) == [
        "Derselbe Seed · $0.025", "Neuer Seed · $0.025", "Bearbeiten", "Paar", "⋯ Mehr",
    ]  # fmt: skip
    assert labels_of(shown(picture(1, imagined(image_seed=None)))) == ["Noch einmal", "Bearbeiten", "⋯ Mehr"]
    failed = replace(failure(code="provider_model_gone"), has_details=True)
    assert labels_of(shown(failures=(failed,), offers=(*OFFERS, AGAIN))) == [
        "FLUX.1 [dev] · etwa $0.05",
        "Skizzenmaler · umsonst",
        "Noch einmal (wird vielleicht doppelt bezahlt) · $0.05",
        "Details",
    ]


async def test_what_a_screen_reader_says_is_german_around_the_words_of_the_prompt() -> None:
    assert picture_alt_text(recipe(), "de").startswith("Porträtskizze: a person. ")
    assert picture_alt_text(PAINTED, "de").startswith("Porträt: a person. ")
    assert picture_alt_text(imagined("ein Leuchtturm"), "de") == "Bild aus den Worten: ein Leuchtturm"


@pytest.mark.parametrize(
    ("verb", "question"),
    [
        (Verb.SAME, "Welches soll ich noch einmal malen, mit demselben Seed?"),
        (Verb.NEW, "Welches soll ich noch einmal malen, mit einem neuen Seed?"),
        (Verb.EDIT, "Welches willst du bearbeiten?"),
        (Verb.PAIR, "Mit welchem soll ich ein Paar machen?"),
        (Verb.MORE, "Mehr zu welchem?"),
        (Verb.SAVE, "Welches?"),
    ],
)
async def test_which_one_is_asked_in_german(verb: Verb, question: str) -> None:
    view = which_view(verb, [picture(1), picture(2)], Visibility.PUBLIC, "de")
    assert text_of(view) == question
    assert placeholder_of(view) == "Wähle ein Bild"


async def test_more_about_a_picture_is_told_in_german() -> None:
    made = picture(1, recipe(parent="7k2m9xq4", prompt="Ein Gesicht."), provider_task="t-1")
    view = more_view(made, is_owner=True, language="de")
    assert text_of(view).split("\n") == [
        "### `00000001`",
        "„Ein Gesicht.“",
        "Bild-Seed `11` · Prompt-Seed `22` · **sketch**",
        "Gemacht aus `7k2m9xq4`",
        "-# 🖌️ Offline-Skizze: von einem Programm gezeichnet, kein Foto",
        "-# Auftrag `t-1` bei sketch, für `/ergebnis`",
    ]
    assert labels_of(view)[:5] == [
        "Rezept schicken",
        "An den Reglern drehen",
        "Als Figur speichern",
        "Als Vorlage nehmen",
        "Löschen",
    ]


async def test_deleting_is_asked_in_german() -> None:
    one, several = delete_view([picture()], "de"), delete_view([picture(1), picture(2)], "de")
    assert text_of(one) == (
        "`00000001` löschen? Das Bild und sein Rezept sind dann endgültig weg, und aus den Nachrichten, die es "
        "zeigen, verschwindet es."
    )
    assert labels_of(one) == ["Löschen", "Behalten"]
    assert text_of(several) == "Welches willst du löschen? Das lässt sich nicht rückgängig machen."
    assert placeholder_of(several) == "Wähle ein Bild"


async def test_a_recipe_is_sent_with_german_words() -> None:
    assert text_of(recipe_view(picture(), "limner-00000001.json", "de")) == (
        "Das Rezept von `00000001`: alles, was nötig ist, um es noch einmal zu machen. `/zeigen 00000001` findet es."
    )


async def test_what_comes_late_is_told_in_german() -> None:
    doubtful = replace(failure(code="outcome_unknown"), state="unknown")
    late = ParkedResults((picture(),), 2, frozenset(), in_doubt=(doubtful,))
    view = parked_view(late, [AGAIN], "de")
    first, second, third, fourth = text_of(view).split("\n")
    assert first == "Die hier waren schon früher fertig, aber ich konnte sie da nicht posten:"
    assert second == "- `/zeigen 00000001` (sketch)"
    assert third == "2 deiner früheren Anfragen endeten ohne Bild; daraus wurde nichts."
    assert fourth.startswith("⚠️ ")
    assert "Bilddienst" in fourth
    assert labels_of(view) == ["Noch einmal (wird vielleicht doppelt bezahlt) · $0.05"]
    alone = text_of(parked_view(ParkedResults((), 1, frozenset()), language="de"))
    assert alone == "1 deiner früheren Anfragen endete ohne Bild; daraus wurde nichts."


async def test_what_could_paint_instead_is_offered_in_german() -> None:
    view = unavailable_view(unavailable("model_needs_key"), "Es geht nicht.", "de")
    assert labels_of(view) == ["Schlüssel hinzufügen", "FLUX.1 [dev] · etwa $0.05", "Skizzenmaler · umsonst"]
    without = unavailable("model_takes_no_seed", model="FLUX.1 [dev]")
    assert "FLUX.1 [dev] ohne Seed · etwa $0.05" in labels_of(unavailable_view(without, "x", "de"))


async def test_a_list_says_in_german_what_was_asked_for() -> None:
    page = Page(Listing(7), Asked(kind="imagine", model="sketch"), ())
    text = text_of(list_view(page, (), Visibility.PRIVATE, "de"))
    assert text.startswith("### Deine Bilder\nGesucht: Modell sketch · Art fantasie\n")


async def test_an_order_in_doubt_can_be_run_again_in_german() -> None:
    report = progress(doubtful_job_id=3, price_micro_usd=50_000)
    assert labels_of(progress_view(report, "de")) == [
        "Abbrechen",
        "Noch einmal (wird vielleicht doppelt bezahlt) · $0.05",
    ]


async def test_two_pictures_side_by_side_are_told_in_german() -> None:
    left, right = picture(1, PAINTED, payer=Payer.SERVER), picture(2, recipe(aspect="3:4"))
    found = Comparison(left, right, compare_recipes(left.recipe, right.recipe))
    text = text_of(comparison_view(found, FILE, is_private=True, language="de"))
    assert "### Nebeneinander" in text
    assert "- **Modell** fal/flux-dev → sketch" in text
    assert "- **Seitenverhältnis** 1:1 → 3:4" in text
    assert "`00000001` · **fal/flux-dev** · Bild-Seed `11` · Prompt-Seed `22`" in text
    assert "bezahlt vom Konto dieses Servers" in text


def test_every_difference_of_recipes_has_a_german_name() -> None:
    other = recipe(
        kind=RecipeKind.IMAGINE,
        prompt="ein Leuchtturm",
        provider="fal",
        model="fal/flux-dev",
        model_version="2",
        image_seed=1,
        prompt_seed=2,
        aspect="3:4",
        references=("b" * 64,),
        feature_file="c" * 64,
        character=CharacterUse("m4xyzabc", 2),
        parent="7k2m9xq4",
        parameters={"guidance_scale": 3.5},
    )
    text = differences_text(compare_recipes(recipe(), other), "de")
    assert "**Art** porträt → fantasie" in text
    names = {part.split("**")[1] for part in text.split(" · ")}
    assert names == {
        "Prompt", "Art", "Bild-Seed", "Prompt-Seed", "Bilddienst", "Modell", "Modellversion", "Seitenverhältnis",
        "Vorlagen", "Merkmalsdatei", "Figur", "Gemacht aus", "Guidance scale",
    }  # fmt: skip
    assert differences_text([], "de") == "- nichts"
    assert differences_text([Difference("Nose", None, "snub")], "de") == "- **Nose** nichts → snub"


def test_a_step_of_a_family_is_told_in_german() -> None:
    changes = (Difference("Image seed", "11", "12"), Difference("Character", None, "m4x version 2"))
    assert (
        changes_text(Member(picture(1, SNUB), changes), "de")
        == "Bild-Seed 11 → 12, Figur nichts → m4x version 2"
    )


def test_a_picture_without_a_seed_says_so_in_german() -> None:
    assert seeds_line(imagined(image_seed=None), "de") == "kein Seed bei diesem Modell"


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (ModelStatus(FLUX, Availability.READY), ""),
        (ModelStatus(FLUX, Availability.NEEDS_PRICE), "aus, weil niemand einen Preis festgelegt hat; "),
        (
            ModelStatus(FLUX, Availability.NOT_IN_THIS_VERSION),
            "diese Version des Bots kann damit noch nicht umgehen",
        ),
        *(
            (ModelStatus(FLUX, Availability.READY, trouble=Trouble(code)), note)
            for code, note in (
                (
                    "model_needs_key",
                    "braucht einen Schlüssel: Bring mit /schlüssel hinzufügen einen eigenen mit, oder",
                ),
                ("server_not_listed", "der eigene Schlüssel des Bots ist nicht für diesen Ort: Bring mit"),
                ("model_not_allowed", "auf diesem Server nicht erlaubt"),
                ("model_not_strict", "kann nicht so streng sein, wie dieser Server es will"),
                ("model_gone", "sein Bilddienst kennt es nicht mehr"),
                ("provider_down", "sein Bilddienst antwortet gerade nicht"),
                ("something_new", "lässt sich gerade nicht benutzen"),
            )
        ),
        (
            ModelStatus(
                FLUX, Availability.READY, trouble=Trouble("model_paused", {"sentence": "Bis Montag"})
            ),
            "pausiert: Bis Montag",
        ),
    ],
)
def test_what_stands_in_a_models_way_is_told_in_german(status: ModelStatus, note: str) -> None:
    assert note_of(status, "de").startswith(note)
    assert bool(note_of(status, "de")) is bool(note)


@pytest.mark.parametrize(
    ("payer", "standing"),
    [
        (Payer.NOBODY, "Bereit, und umsonst"),
        (Payer.USER, "Bereit: dein eigener Schlüssel zahlt"),
        (Payer.SERVER, "Bereit: der Schlüssel dieses Servers zahlt"),
        (Payer.OPERATOR, "Bereit: die Betreiber dieses Bots zahlen"),
    ],
)
def test_who_pays_for_a_model_is_told_in_german(payer: Payer, standing: str) -> None:
    assert standing_text(ModelStatus(FLUX, Availability.READY, payer), "de") == standing


async def test_the_models_are_listed_in_german() -> None:
    gpt, face = CATALOG.find("gpt-image-1.5"), CATALOG.find("fal/codeformer")
    lines = [
        ModelLine(SKETCH, "Skizzen", is_default=True),
        ModelLine(gpt, "OpenAI", "pausiert: Bis Montag"),
        ModelLine(face, "fal", "sein Bilddienst antwortet gerade nicht"),
    ]
    text = text_of(models_view(lines, "de"))
    assert text.startswith("## Modelle\n")
    assert text.endswith(
        "-# `/modelle model:` zeigt eines mit allen Parametern. Die Preise gelten für ein Bild."
    )
    for words in (
        "**malt, wenn du keines nennst**",
        "-# Nicht verfügbar: pausiert: Bis Montag",
        "· ohne Seed",
        "· braucht eine Vorlage",
    ):
        assert words in text


async def test_the_page_of_a_model_has_german_headings() -> None:
    others = [CATALOG.by_id[model_id] for model_id in FLUX.equivalents]
    standing = standing_text(ModelStatus(FLUX, Availability.NEEDS_PRICE), "de")
    text = text_of(model_view(ModelLine(FLUX, "fal"), standing, others, "de"))
    assert "**Nicht verfügbar: aus, weil niemand einen Preis festgelegt hat;" in text
    assert "### Parameter, für `options`" in text
    assert f"- Stattdessen: `{others[0].id}`" in text
    assert ", sonst `" in text


def labels_in(message: Json) -> list[str]:
    return [part["label"] for part in parts(message) if part.get("label")]


async def test_a_german_is_answered_in_german_by_every_press_and_others_in_their_language(
    house: House,
) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    message = (await house.slash("portrait"))["message"]
    more = (await house.click(message, button(message, "more")))["message"]
    sent = (await house.click(more, button(more, "recipe")))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    others = (await house.click(message, button(message, "more"), user="ben"))["message"]

    assert "### Ein Porträt" in said(message)
    assert labels_in(message)[:2] == ["Derselbe Seed", "Neuer Seed"]
    assert message["attachments"][0]["description"].startswith("Porträtskizze: a person ")
    assert "Rezept schicken" in labels_in(more)
    assert "alles, was nötig ist" in said(sent)
    assert labels_in(question) == ["Löschen", "Behalten"]
    assert "Send me the recipe" in labels_in(others)


async def test_a_pair_and_a_message_that_loses_a_picture_are_german(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    pair = (await house.slash("pair", private=True))["message"]
    message = (await house.slash("portrait", count=2))["message"]
    which = (await house.click(message, button(message, "more")))["message"]
    [chosen, _] = await house.until_remembered(message, 2)
    more = (await house.click(which, button(which, "more"), values=[str(chosen.job_id)]))["message"]
    question = (await house.click(more, button(more, "delete")))["message"]
    await house.told(question, button(question, "confirmdelete"), f"`{chosen.code}` ist gelöscht.")

    assert "### Ein Paar\n-# 🔒 Nur du siehst das." in said(pair)
    assert "**Was sich unterscheidet**" in said(pair)
    assert pair["attachments"][0]["description"].startswith(
        "Zwei Bilder nebeneinander. Links: Porträtskizze: "
    )
    assert "### 2 Porträts" in said(message)
    assert said(which) == "Mehr zu welchem?"
    await house.until_anything_said("### Ein Porträt\n", user="ben")


async def test_a_german_reads_in_german_why_no_picture_came(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    house.studio.server.script(Stage.SUBMIT, Fault.REFUSED_KEY)
    answer = await house.slash("imagine", prompt="ein Leuchtturm", model="scripted/quick")
    told = answer["messages"][-1]
    assert "### Diesmal gibt es nichts zu zeigen" in said(told)
    assert "Dir wird nichts berechnet." in said(told) or "Es wurde nichts berechnet" in said(told)
    assert "Kennung `" in said(told)


async def test_the_models_and_a_missing_permission_are_told_in_german(house: House) -> None:
    await house.act("world", locales=[{"name": "ada", "locale": "de"}])
    assert said((await house.first_answer("models"))["message"]).startswith("## Modelle\n")
    page = await house.first_answer("models", model="scripted/quick")
    assert "**Bereit: die Betreiber dieses Bots zahlen**" in said(page["message"])
    await house.act("world", permissions=[{"channel": "portraits", "deny": ["ATTACH_FILES"]}])
    assert "**Dateien anhängen**" in said((await house.first_answer("portrait"))["message"])


async def test_reactions_send_and_ask_in_the_language_of_whoever_reacts(house: House) -> None:
    message = (await house.slash("portrait"))["message"]
    await me(house, language="de")
    for emoji in ("✉️", "🗑️"):
        await house.act("react", user="ada", message_id=message["id"], emoji=emoji)
    [direct] = await house.until_messages(1, channel="dm")
    assert "alles, was nötig ist" in said(direct)
    await house.until_anything_said("löschen? Das Bild und sein Rezept sind dann endgültig weg")
