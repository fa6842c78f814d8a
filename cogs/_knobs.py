"""The panel of a model's parameters: choose one, then its value, then paint. Pure: values in, a new view out."""

from collections.abc import Mapping
from typing import Any, Final

from discord import ButtonStyle, SelectOption, TextStyle, ui

from cogs._draft_ids import DraftVerb, draft_form_id, draft_item_id
from cogs._layout import button, row, select_row, text_view
from cogs._text import clip, clip_lines, code, dollars, escape
from services.languages import ENGLISH, say
from services.models import JsonValue
from services.providers.catalog import Model, Parameter, ParameterType
from services.providers.facts import allowed_words, description_words
from services.providers.parameters import written

UNSET: Final = "-"
"""The select's value for "leave it to the model"."""

MOST_KNOBS: Final = 25
"""Source: Discord, String Select, "options"."""

_MOST_VALUES: Final = 24
_MOST_TEXT: Final = 3000
_LONGEST_LABEL: Final = 45
"""Source: Discord, Label, "label"."""

_LONGEST_TYPED: Final = 4000
_LONGEST_SHOWN: Final = 60


def knobs_view(
    draft_id: int,
    model: Model,
    sent: Mapping[str, JsonValue],
    price_micro_usd: int,
    language: str = ENGLISH,
) -> ui.LayoutView:
    """Return the panel of all parameters, with the values that will be sent and a button that paints."""
    knobs = list(model.parameters.values())[:MOST_KNOBS]
    title = say(language, "knobs.title", model=escape(model.title))
    lines = [f"### {title}", *(_knob_line(knob, sent, language) for knob in knobs)]
    is_estimate = model.price is not None and model.price.is_estimate
    label = "knobs.paint_about" if is_estimate else "knobs.paint"
    paint = button(
        say(language, label, price=dollars(price_micro_usd, language)),
        draft_item_id(DraftVerb.PAINT, draft_id),
        emoji="🎨",
        style=ButtonStyle.primary,
    )
    options = [
        SelectOption(label=knob.name, value=knob.name, description=_knob_words(knob, language))
        for knob in knobs
    ]
    rows = [row(paint)]
    if options:
        rows.insert(
            0, select_row(draft_item_id(DraftVerb.KNOB, draft_id), say(language, "knobs.turn"), options)
        )
    return text_view(clip_lines(lines, _MOST_TEXT, language), rows=rows)


def values_view(
    draft_id: int, knob: Parameter, sent: Mapping[str, JsonValue], language: str = ENGLISH
) -> ui.LayoutView:
    """Return the question which of its few values a parameter shall have."""
    values = ("true", "false") if knob.type is ParameterType.BOOL else knob.choices
    current = _written(sent.get(knob.name))
    options = [
        SelectOption(label=value, value=value, default=value == current) for value in values[:_MOST_VALUES]
    ]
    leave = say(language, "knobs.leave")
    options.append(SelectOption(label=leave, value=UNSET, default=knob.name not in sent))
    select = select_row(draft_item_id(DraftVerb.VALUE, draft_id, knob.name), knob.name, options)
    back = row(button(say(language, "knobs.back"), draft_item_id(DraftVerb.BACK, draft_id)))
    what = escape(description_words(knob, language))
    return text_view(f"### {escape(knob.name)}\n{what}", rows=[select, back])


def value_form(
    draft_id: int, knob: Parameter, sent: Mapping[str, JsonValue], language: str = ENGLISH
) -> ui.Modal:
    """Return the form in which a number or a text is typed; it is stopped, so that discord.py forgets it."""
    form = ui.Modal(
        title=clip(knob.name, _LONGEST_LABEL), custom_id=draft_form_id(draft_id, knob.name), timeout=None
    )
    is_text = knob.type is ParameterType.TEXT
    typed: ui.TextInput[Any] = ui.TextInput(
        custom_id="value",
        default=_written(sent.get(knob.name)) or None,
        required=False,
        style=TextStyle.paragraph if is_text else TextStyle.short,
        max_length=_LONGEST_TYPED if is_text else 40,
    )
    description = clip(say(language, "knobs.typed", allowed=allowed_words(knob, language)), 100)
    form.add_item(ui.Label(text=clip(knob.name, _LONGEST_LABEL), description=description, component=typed))
    form.stop()
    return form


def is_chosen_from_few(knob: Parameter) -> bool:
    """Tell whether a parameter's values fit a select; a size may be typed beside its words."""
    if knob.type is ParameterType.SIZE:
        return False
    return knob.type is ParameterType.BOOL or 0 < len(knob.choices) <= _MOST_VALUES


def _knob_words(knob: Parameter, language: str) -> str:
    """Return what a parameter takes and does, as long as an option of a select may be."""
    return clip(f"{allowed_words(knob, language)} · {description_words(knob, language)}", 100)


def _knob_line(knob: Parameter, sent: Mapping[str, JsonValue], language: str) -> str:
    allowed = code(allowed_words(knob, language))
    if knob.name in sent:
        return f"{code(knob.name)} = **{escape(_written(sent[knob.name]), _LONGEST_SHOWN)}** · {allowed}"
    name = "knobs.left" if knob.default is None else "knobs.left_usually"
    value = escape(_written(knob.default), _LONGEST_SHOWN)
    return say(language, name, knob=code(knob.name), value=value, allowed=allowed)


def _written(value: object) -> str:
    """Return a value as people type it, "" for none."""
    return "" if value is None else written(value)
