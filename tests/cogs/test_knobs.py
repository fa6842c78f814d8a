from discord import ui

from cogs._knobs import UNSET, is_chosen_from_few, knobs_view, value_form, values_view
from services.models import JsonValue
from services.providers.catalog import load_catalog
from tests.cogs.samples import custom_ids, text_of

MODEL = load_catalog().find("fal/flux-dev")
SENT = {"num_inference_steps": 40, "enable_safety_checker": False, "guidance_scale": 3.5}


def options_of(view: ui.LayoutView) -> list[tuple[str, bool]]:
    [select] = [item for item in view.walk_children() if isinstance(item, ui.Select)]
    return [(option.value, option.default) for option in select.options]


async def test_the_panel_says_what_will_be_sent_and_what_is_left_to_the_model() -> None:
    text = text_of(knobs_view(7, MODEL, SENT, 25_000))

    assert "`num_inference_steps` = **40** · `1..50`" in text
    assert "`enable_safety_checker` = **false**" in text
    assert "`output_format` is left to the model, usually jpeg" in text


async def test_the_panel_names_the_price_on_the_button_that_paints() -> None:
    view = knobs_view(7, MODEL, SENT, 25_000)

    assert custom_ids(view) == ["v1:draft:knob:7", "v1:draft:paint:7"]
    [paint] = [item for item in view.walk_children() if isinstance(item, ui.Button)]
    assert paint.label == "Paint · $0.025"


async def test_the_panel_of_every_model_fits_a_message() -> None:
    for model in load_catalog().models:
        view = knobs_view(10**17, model, {}, 0)
        assert len(text_of(view)) <= 4000
        assert (
            [value for value, _ in options_of(view)] == list(model.parameters) if model.parameters else True
        )


async def test_a_parameter_of_few_values_is_chosen_and_can_be_left_to_the_model() -> None:
    knob = MODEL.parameters["enable_safety_checker"]

    assert is_chosen_from_few(knob)
    assert options_of(values_view(7, knob, SENT)) == [("true", False), ("false", True), (UNSET, False)]
    assert options_of(values_view(7, knob, {}))[-1] == (UNSET, True)


async def test_a_number_is_typed_into_a_form_that_says_its_range() -> None:
    knob = MODEL.parameters["guidance_scale"]
    form = value_form(7, knob, SENT)
    [label] = form.children

    assert not is_chosen_from_few(knob)
    assert form.custom_id == "v1:draftform:value:7:guidance_scale"
    assert isinstance(label, ui.Label)
    assert label.description is not None
    assert label.description.startswith("1..20")
    assert isinstance(label.component, ui.TextInput)
    assert label.component.default == "3.5"


async def test_every_parameter_of_the_catalogue_has_a_form_or_a_select_that_discord_takes() -> None:
    for model in load_catalog().models:
        for knob in model.parameters.values():
            if is_chosen_from_few(knob):
                assert 2 <= len(options_of(values_view(1, knob, {}))) <= 25
            else:
                [label] = value_form(1, knob, {knob.name: knob.default}).children
                assert isinstance(label, ui.Label)
                assert len(label.text) <= 45
                assert len(label.description or "") <= 100


async def test_a_size_is_typed_because_its_words_are_not_all() -> None:
    knob = MODEL.parameters["image_size"]
    sent: dict[str, JsonValue] = {"image_size": {"width": 1024, "height": 1536}}
    [label] = value_form(7, knob, sent).children

    assert not is_chosen_from_few(knob)
    assert isinstance(label, ui.Label)
    assert isinstance(label.component, ui.TextInput)
    assert label.component.default == "1024x1536"
    assert "`image_size` = **1024x1536**" in text_of(knobs_view(7, MODEL, sent, 25_000))


async def test_the_knobs_are_described_in_the_readers_language() -> None:
    view = knobs_view(7, MODEL, SENT, 25_000, "de")
    [select] = [item for item in view.walk_children() if isinstance(item, ui.Select)]
    described = {option.label: option.description for option in select.options}
    assert described["num_inference_steps"] == "1..50 · Schritte: mehr ist langsamer und feiner"
    assert described["enable_safety_checker"] == (
        "true oder false · Das Bild auf Inhalte nur für Erwachsene prüfen"
    )
    knob = MODEL.parameters["enable_safety_checker"]
    assert "Das Bild auf Inhalte nur für Erwachsene prüfen" in text_of(values_view(7, knob, SENT, "de"))
    [label] = value_form(7, MODEL.parameters["image_size"], SENT, "de").children
    assert isinstance(label, ui.Label)
    assert str(label.description).startswith("BREITExHÖHE von 256..2048 in Schritten von 16, höchstens 4:1")
