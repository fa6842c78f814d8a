"""The parameters of safety of a picture: what they are when it is painted, and within what a server allows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from services.models import Dropped, JsonValue, Parameters
from services.providers.model import Model
from services.providers.parameters import Parameter, written
from services.sayings import saying
from services.server_rules import SAFETY, looseness


class Held(NamedTuple):
    """Parameters within a server's caps, and what was asked for and is not sent as asked."""

    parameters: Parameters
    changed: tuple[Dropped, ...]


def safety_of(model: Model, parameters: Parameters) -> dict[str, str]:
    """Return every parameter of safety that the model has, as it counts: what is sent, else the vendor's default.

    A default that nobody knows is "", which is looser than any value.
    """
    return {
        name: written(value) if (value := parameters.get(name, parameter.default)) is not None else ""
        for name, parameter in model.parameters.items()
        if name in SAFETY
    }


def within_caps(model: Model, parameters: Parameters, caps: Mapping[str, str]) -> Held | None:
    """Return the parameters with those of safety held within `caps`; None where the model cannot be that strict.

    A vendor's default that is too loose is replaced without a word, because nobody asked for it.
    """
    held: dict[str, JsonValue] = dict(parameters)
    changed = []
    for name, value in safety_of(model, parameters).items():
        if name not in caps or looseness(name, value) <= looseness(name, caps[name]):
            continue
        nearest = _loosest(model.parameters[name], caps[name])
        if nearest is None:
            return None
        held[name] = nearest
        if name in parameters:
            reason = saying("dropped.server_allows", nearest=written(nearest), asked=value)
            changed.append(Dropped(name, reason))
    return Held(MappingProxyType(held), tuple(changed))


def _loosest(parameter: Parameter, cap: str) -> JsonValue:
    """Return the loosest value of a parameter within a cap, None where it has none."""
    order = SAFETY[parameter.name]
    for text in reversed(order[: looseness(parameter.name, cap) + 1]):
        value = parameter.read(text)
        if value is not None and parameter.accepts(value):
            return value
    return None
