"""The fields of OpenAI's two endpoints, and the rules that hold between them.

*Source:* openai-python 3.52.0, types/image_generate_params.py and image_edit_params.py; `moderation` on edits, which
that client does not know, as the schema of the JSON body has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from playground.providers.desk import trick_in
from playground.providers.openai_errors import (
    Json,
    RefusedError,
    bad_value,
    missing,
    model_gone,
    unknown_parameter,
    wrong_type,
)
from playground.providers.openai_models import MODELS, Model

FORMATS: Final = ("png", "jpeg", "webp")
_PREVIEWS: Final = ("gif", "svg")


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a text ("text"), a whole number ("whole") or true and false ("flag"), and what it is by default."""

    name: str
    kind: str = "text"
    default: Json = None
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    longest: int = 0


_SHARED: Final = (
    Field("prompt", longest=32_000),
    Field("model"),
    Field("n", "whole", 1, low=1, high=10),
    Field("size", default="auto"),
    Field("quality", default="auto"),
    Field("background", default="auto", choices=("transparent", "opaque", "auto")),
    Field("output_format", default="png", choices=(*FORMATS, *_PREVIEWS)),
    Field("output_compression", "whole", low=0, high=100),
    Field("moderation", default="auto", choices=("low", "auto")),
    Field("stream", "flag", default=False),
    Field("partial_images", "whole", 0, low=0, high=3),
    Field("safety_identifier", longest=64),
    Field("user"),
)

GENERATION_FIELDS: Final = {field.name: field for field in _SHARED}
EDIT_FIELDS: Final = {**GENERATION_FIELDS, "input_fidelity": Field("input_fidelity", choices=("high", "low"))}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be painted; `compression` is the quality of jpeg and webp, None for the usual one."""

    model: Model
    prompt: str
    n: int
    size: str
    quality: str
    background: str
    output_format: str
    compression: int | None
    is_stream: bool
    partial_images: int
    safety_identifier: str | None


def check(body: Mapping[str, Json], fields: Mapping[str, Field], *, is_form: bool = False) -> Order:
    """Return the order of a body; the values of a form are texts. Raises RefusedError for the first broken rule."""
    for name in body:
        if name not in fields:
            raise unknown_parameter(name)
    values = {name: _read(field, body.get(name), is_form=is_form) for name, field in fields.items()}
    for name in ("model", "prompt"):
        if not values[name]:
            raise missing(name)
    model = MODELS.get(values["model"])
    if model is None or trick_in(values["prompt"]) == "gone":
        raise model_gone(values["model"])
    for fault in _faults(model, values):
        raise fault
    return Order(
        model=model,
        compression=values["output_compression"],
        is_stream=values["stream"],
        safety_identifier=values["safety_identifier"] or values["user"],
        **{name: values[name] for name in _AS_THEY_ARE},
    )


_AS_THEY_ARE: Final = ("prompt", "n", "size", "quality", "background", "output_format", "partial_images")


def _faults(model: Model, values: Mapping[str, Json]) -> Iterator[RefusedError]:
    """Yield what the model does not take, and what does not go together."""
    if size_fault := model.size_fault(values["size"]):
        yield bad_value("size", size_fault)
    if values["quality"] not in (*model.qualities, "auto"):
        yield _no_choice("quality", values["quality"], (*model.qualities, "auto"))
    chosen = values["output_format"]
    if chosen in _PREVIEWS:
        yield bad_value("output_format", f"'{chosen}' is in preview and not enabled for this organization.")
    if values["background"] == "transparent" and chosen == "jpeg":
        yield bad_value("background", "Transparent background needs output_format 'png' or 'webp'.")
    if values["output_compression"] is not None and chosen == "png":
        yield bad_value("output_compression", "output_compression needs output_format 'jpeg' or 'webp'.")
    fidelity = values.get("input_fidelity")
    if fidelity is not None and fidelity not in model.fidelities:
        yield bad_value("input_fidelity", f"The model '{model.name}' does not take '{fidelity}' here.")


def _read(field: Field, value: Json, *, is_form: bool) -> Json:
    """Return a field's value, its default where there is none. Raises RefusedError."""
    if value is None:
        return field.default
    if is_form:
        value = _of_text(field, value)
    readers = {"text": _read_text, "whole": _read_whole, "flag": _read_flag}
    return readers[field.kind](field, value)


def _of_text(field: Field, text: str) -> Json:
    """Return what a form's text means for a field; the text itself where it means nothing."""
    if field.kind == "flag":
        return {"true": True, "false": False}.get(text, text)
    is_whole = field.kind == "whole" and text.isascii() and text.removeprefix("-").isdecimal()
    return int(text) if is_whole and len(text) < 10 else text


def _read_text(field: Field, value: Json) -> str:
    if not isinstance(value, str):
        raise wrong_type(field.name, "a string", value)
    if field.choices and value not in field.choices:
        raise _no_choice(field.name, value, field.choices)
    if field.longest and len(value) > field.longest:
        message = (
            f"Invalid '{field.name}': string too long. Expected a string with maximum length {field.longest}."
        )
        raise RefusedError(400, message, param=field.name, code="string_above_max_length")
    return value


def _read_whole(field: Field, value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type(field.name, "an integer", value)
    if value < field.low:
        raise RefusedError(
            400,
            f"Invalid '{field.name}': integer below minimum value. Expected a value >= {field.low}.",
            param=field.name,
            code="integer_below_min_value",
        )
    if value > field.high:
        raise RefusedError(
            400,
            f"Invalid '{field.name}': integer above maximum value. Expected a value <= {field.high}.",
            param=field.name,
            code="integer_above_max_value",
        )
    return value


def _read_flag(field: Field, value: Json) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(field.name, "a boolean", value)
    return value


def _no_choice(name: str, value: str, choices: tuple[str, ...]) -> RefusedError:
    *some, last = (f"'{choice}'" for choice in choices)
    return bad_value(name, f"Invalid value: '{value}'. Supported values are: {', '.join(some)}, and {last}.")
