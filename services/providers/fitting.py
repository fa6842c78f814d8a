"""One way of asking for every model: what was asked for becomes the parameters that this model takes.

People type `steps=28` on every model; one calls it `num_inference_steps`, another `steps`, a third has none. What a
model does not take is dropped and named, what it takes is checked against its range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.models import Dropped, JsonValue, Parameters
from services.providers.parameters import LONGEST_SHOWN, Parameter, ParameterValue

ASPECTS: Final = ("21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21")
"""Width to height, widest first."""

SYNONYMS: Final = (
    ("num_inference_steps", "steps", "inference_steps"),
    ("guidance_scale", "guidance", "cfg", "cfg_scale"),
    ("output_format", "format", "image_format"),
    ("negative_prompt", "negative"),
    ("image_prompt_strength", "reference_strength"),
    ("enable_safety_checker", "safety_checker"),
    ("enhance_prompt", "prompt_upsampling"),
)
"""Names for the same thing; a model takes whichever of a row is its own."""

_ELSEWHERE: Final = MappingProxyType(
    {
        "seed": "a command has its own option for the seed",
        "image_seed": "a command has its own option for the seed",
        "prompt": "a command has its own option for the prompt",
        "model": "a command has its own option for the model",
        "aspect": "a command has its own option for the aspect",
        "num_images": "every picture is a job of its own; ask with `count`",
        "n": "every picture is a job of its own; ask with `count`",
        "sync_mode": "Limner waits for the picture itself",
        "webhook_url": "Limner waits for the picture itself",
    }
)
"""Why some well-known names are no options."""

_SYNONYMS_BY_NAME: Final = MappingProxyType({name: row for row in SYNONYMS for name in row})


@dataclass(frozen=True, slots=True)
class Fitted:
    """The parameters to send, and what was asked for and is not sent."""

    parameters: Parameters
    dropped: tuple[Dropped, ...] = ()


def names_of(parameter: str) -> tuple[str, ...]:
    """Return every name by which people may call the parameter, its own first."""
    return (parameter, *(name for name in _SYNONYMS_BY_NAME.get(parameter, ()) if name != parameter))


def fit_parameters(
    asked: Mapping[str, ParameterValue],
    taken: Mapping[str, Parameter],
    aspect_parameters: Parameters,
    model_title: str,
) -> Fitted:
    """Return what to send to a model that takes `taken`; what was asked for wins over the aspect's parameters.

    Raises UserError("bad_option") for a value out of range and UserError("duplicate_option") for two names of one
    parameter.
    """
    fitted: dict[str, ParameterValue] = {}
    dropped: list[Dropped] = []
    for typed, value in asked.items():
        parameter = _find(typed, taken)
        if parameter is None:
            dropped.append(Dropped(typed[:LONGEST_SHOWN], _reason(typed, taken, model_title)))
        elif parameter.name in fitted:
            raise UserError("duplicate_option", f"{parameter.name} asked for twice", field=parameter.name)
        else:
            fitted[parameter.name] = parameter.parse(_as_text(value))
    parameters: dict[str, JsonValue] = {**aspect_parameters, **fitted}
    return Fitted(MappingProxyType(parameters), tuple(dropped))


def check_aspect(aspect: str, taken: Mapping[str, Parameters]) -> Parameters:
    """Return the parameters of `aspect`. Raises UserError("bad_aspect") for one that the model cannot paint."""
    parameters = taken.get(aspect.strip())
    if parameters is None:
        raise UserError(
            "bad_aspect",
            f"no aspect {aspect[:LONGEST_SHOWN]!r}",
            field="aspect",
            found=aspect[:LONGEST_SHOWN],
            allowed=", ".join(taken),
        )
    return parameters


def _find(typed: str, taken: Mapping[str, Parameter]) -> Parameter | None:
    name = typed.strip().lower().replace("-", "_")
    candidates = (name, *_SYNONYMS_BY_NAME.get(name, ()))
    return next((taken[candidate] for candidate in candidates if candidate in taken), None)


def _reason(typed: str, taken: Mapping[str, Parameter], model_title: str) -> str:
    """Return why a name is not sent, in words for the reply."""
    name = typed.strip().lower().replace("-", "_")
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    known = [each for parameter in taken for each in names_of(parameter)]
    close = (
        () if name in _SYNONYMS_BY_NAME else get_close_matches(name[:LONGEST_SHOWN], known, n=1, cutoff=0.75)
    )
    return f"not taken by {model_title}" + (f"; did you mean {close[0]}?" if close else "")


def _as_text(value: ParameterValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
