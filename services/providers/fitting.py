"""One way of asking for every model: what was asked for becomes the parameters that this model takes.

People type `steps=28` on every model; one calls it `num_inference_steps`, another `steps`, a third has none. What a
model does not take is dropped and named, what it takes is checked against its range.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.models import NO_PARAMETERS, Dropped, JsonValue, Parameters, Saying
from services.providers.parameters import LONGEST_SHOWN, Need, Parameter, written
from services.sayings import saying, saying_to_text

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
    ("image_size", "size"),
    ("upscale_factor", "upscaling", "factor"),
)
"""Names for the same thing; a model takes whichever of a row is its own."""

_ELSEWHERE: Final = MappingProxyType(
    {
        "seed": saying("dropped.own_option", option="seed"),
        "image_seed": saying("dropped.own_option", option="seed"),
        "prompt": saying("dropped.own_option", option="prompt"),
        "model": saying("dropped.own_option", option="model"),
        "aspect": saying("dropped.own_option", option="aspect"),
        "aspect_ratio": saying("dropped.own_option", option="aspect"),
        "num_images": saying("dropped.own_count"),
        "n": saying("dropped.own_count"),
        "sync_mode": saying("dropped.own_waiting"),
        "webhook_url": saying("dropped.own_waiting"),
    }
)
"""Why some well-known names are no options."""

_SYNONYMS_BY_NAME: Final = MappingProxyType({name: row for row in SYNONYMS for name in row})


@dataclass(frozen=True, slots=True)
class Fitted:
    """The parameters to send, and what was asked for and is not sent, or not as asked."""

    parameters: Parameters
    dropped: tuple[Dropped, ...] = ()


@dataclass(slots=True)
class _Fitting:
    """The work of fitting: what a model takes, what is sent so far, and what is not.

    `is_strict`: a value that the model does not take is refused, else it is dropped and named.
    """

    taken: Mapping[str, Parameter]
    title: str
    is_strict: bool
    sent: dict[str, JsonValue] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)

    def keep(self, name: str, value: JsonValue) -> None:
        """Take what somebody kept for many models: what was typed wins, and what does not fit is dropped and named."""
        parameter = find_parameter(name, self.taken)
        if parameter is not None and parameter.name in self.sent:
            return
        before, self.is_strict = self.is_strict, False
        self.take(name, value)
        self.is_strict = before
        if parameter is not None:
            self.kept.add(parameter.name)

    def take(self, typed: str, value: JsonValue) -> None:
        parameter = find_parameter(typed, self.taken)
        if parameter is None:
            self._drop(typed, _reason(typed, self.taken, self.title))
            return
        if parameter.name in self.sent:
            raise UserError("duplicate_option", f"{parameter.name} asked for twice", field=parameter.name)
        text = written(value)
        number = _beyond(parameter, text)
        if number is not None:
            self.sent[parameter.name] = nearest = parameter.nearest(number)
            self._drop(typed, _clamp_reason(parameter, nearest, number))
            return
        try:
            self.sent[parameter.name] = parameter.parse(text)
        except UserError:
            if self.is_strict:
                raise
            self._drop(typed, saying("dropped.takes", model=self.title, allowed=parameter.values))

    def settle(self, given: Parameters) -> Fitted:
        """Return what is sent: our own defaults, what was `given`, and above all what was asked for."""
        ours = {name: each.default for name, each in self.taken.items() if each.is_default_sent}
        sent: dict[str, JsonValue] = {**ours, **given, **self.sent}
        for name, need in list(self._unmet(sent)):
            if self.is_strict and name not in self.kept:
                raise UserError(
                    "option_needs",
                    f"{name} needs {need.of}",
                    field=name,
                    found=written(sent[name])[:LONGEST_SHOWN],
                    needs=need.of,
                    allowed=saying_to_text(need.values),
                    first=need.among[0],
                )
            self._drop(name, saying("dropped.needs", of=need.of, among=need.values))
            del sent[name]
        return Fitted(MappingProxyType(sent), tuple(self.dropped))

    def _unmet(self, sent: Parameters) -> Iterator[tuple[str, Need]]:
        """Yield each sent parameter with the first need of it that is not met."""
        for name, value in sent.items():
            for need in self.taken[name].needs if name in self.taken else ():
                other = sent.get(need.of, self.taken[need.of].default)
                if need.value in (None, value) and other not in need.among:
                    yield name, need
                    break

    def _drop(self, typed: str, reason: Saying) -> None:
        self.dropped.append(Dropped(typed[:LONGEST_SHOWN], reason))


def names_of(parameter: str) -> tuple[str, ...]:
    """Return every name by which people may call the parameter, its own first."""
    return (parameter, *(name for name in _SYNONYMS_BY_NAME.get(parameter, ()) if name != parameter))


def fit_parameters(
    asked: Parameters,
    taken: Mapping[str, Parameter],
    model_title: str,
    *,
    given: Parameters = NO_PARAMETERS,
    kept: Parameters = NO_PARAMETERS,
    is_strict: bool = True,
) -> Fitted:
    """Return what to send to a model that takes `taken`; what was asked for wins over what is `given` already.

    `kept` are parameters of somebody's own set, which stand between both; those that the model does not take, or not
    with that value, are dropped and named.

    Raises UserError("duplicate_option") for two names of one parameter; where `is_strict`, UserError("bad_option") for
    a value out of range and UserError("option_needs") for one that needs another value of another parameter. Where it
    is not, such values are dropped and named.
    """
    fitting = _Fitting(taken, model_title, is_strict)
    for typed, value in asked.items():
        fitting.take(typed, value)
    for name, value in kept.items():
        fitting.keep(name, value)
    return fitting.settle(given)


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


def find_parameter(typed: str, taken: Mapping[str, Parameter]) -> Parameter | None:
    """Return the parameter that somebody means by a name, under whichever of its names; None for none."""
    name = typed.strip().lower().replace("-", "_")
    candidates = (name, *_SYNONYMS_BY_NAME.get(name, ()))
    return next((taken[candidate] for candidate in candidates if candidate in taken), None)


def _beyond(parameter: Parameter, text: str) -> int | float | None:
    """Return the number that `text` means where it is out of a range that is clamped, else None."""
    number = parameter.read(text) if parameter.is_clamped else None
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return None if parameter.accepts(number) else number


def _clamp_reason(parameter: Parameter, nearest: float, number: float) -> Saying:
    sent, asked = written(nearest), written(number)
    if nearest == parameter.high:
        return saying("dropped.most", nearest=sent, asked=asked)
    if nearest == parameter.low:
        return saying("dropped.least", nearest=sent, asked=asked)
    return saying("dropped.nearest_step", nearest=sent, asked=asked, step=str(parameter.step))


def _reason(typed: str, taken: Mapping[str, Parameter], model_title: str) -> Saying:
    """Return why a name is not sent."""
    name = typed.strip().lower().replace("-", "_")
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    known = [each for parameter in taken for each in names_of(parameter)]
    close = (
        () if name in _SYNONYMS_BY_NAME else get_close_matches(name[:LONGEST_SHOWN], known, n=1, cutoff=0.75)
    )
    if not close:
        return saying("dropped.not_taken", model=model_title)
    return saying("dropped.not_taken_near", model=model_title, near=close[0])
