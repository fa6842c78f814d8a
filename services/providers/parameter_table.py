"""Reads parameters and aspects of a catalogue file: those of a provider, which its models share, and a model's own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeGuard

from services.models import JsonValue, Parameters
from services.providers.fitting import ASPECTS
from services.providers.parameters import Need, Parameter, ParameterType, ParameterValue, SizeRule
from services.providers.toml_table import Table, is_number

LARGEST_SIDE_PX: Final = 16_384
_LARGEST_NUMBER: Final = 2**31
_LONGEST_TEXT_PARAMETER: Final = 4000
_WIDEST_RATIO: Final = 100
_SIDES: Final = ("width", "height")
_WITH_RANGE: Final = frozenset({ParameterType.INT, ParameterType.FLOAT, ParameterType.SIZE})
_WHOLE: Final = frozenset({ParameterType.INT, ParameterType.SIZE})

Sizes = Mapping[str, tuple[int, int]]
"""A provider's names for picture sizes: width and height in px."""


def read_parameters(table: Table, shared: Mapping[str, Parameter]) -> Mapping[str, Parameter]:
    """Return a model's parameters: those of its provider that it `takes`, in that order, then its own."""
    parameters = {}
    for name in table.texts("takes"):
        if name not in shared:
            table.refuse("takes", f"names of its provider's parameters ({name[:60]!r} is none)")
        parameters[name] = shared[name]
    own = table.table("parameters")
    for name in own.keys:
        if name in parameters:
            own.refuse(name, "a parameter that `takes` does not name already")
        parameters[name] = _read_parameter(name, own.table(name))
    for parameter in parameters.values():
        _check_needs(table, parameter, parameters)
    return MappingProxyType(parameters)


def read_shared_parameters(table: Table) -> Mapping[str, Parameter]:
    """Return the parameters that the models of a provider may take by name."""
    return MappingProxyType({name: _read_parameter(name, table.table(name)) for name in table.keys})


def read_aspects(
    table: Table,
    shared: Mapping[str, Mapping[str, Parameters]],
    parameters: Mapping[str, Parameter],
    sizes: Sizes,
) -> Mapping[str, Parameters]:
    """Return a model's aspects in their fixed order, its own or those of its provider that it names; none is allowed.

    Each is given by parameters that the model itself would accept.
    """
    word = table.value("aspects")
    if not isinstance(word, str):
        aspects = read_shared_aspects(table.table("aspects"), sizes)
    elif word in shared:
        aspects = shared[word]
    else:
        table.refuse("aspects", "a table, or the name of its provider's aspects")
    for aspect, values in aspects.items():
        for key, value in values.items():
            if key in parameters and not parameters[key].accepts(value):
                table.refuse("aspects", f"{aspect}: {key} of {parameters[key].allowed}, not {value!r}")
    return aspects


def read_shared_aspects(table: Table, sizes: Sizes) -> Mapping[str, Parameters]:
    """Return aspects in their fixed order, each with the parameters that give it."""
    given = {aspect: _read_aspect(table.table(aspect), sizes) for aspect in ASPECTS if table.has(aspect)}
    table.finish()
    return MappingProxyType(given)


def is_side(value: object) -> TypeGuard[int]:
    """Tell whether `value` is a side in px."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= LARGEST_SIDE_PX


def _read_parameter(name: str, table: Table) -> Parameter:
    kind = ParameterType(table.one_of("type", tuple(ParameterType)))
    low, high = _read_range(table, kind)
    parameter = Parameter(
        name=name,
        type=kind,
        description=table.text("description"),
        default=_read_value(table, "default"),
        low=low,
        high=high,
        step=table.integer("step", 1, _LARGEST_NUMBER) if table.has("step") else None,
        choices=_read_choices(table, kind),
        examples=table.texts("examples"),
        is_default_sent=table.flag("send_default", default=False),
        is_clamped=table.flag("clamp", default=False),
        needs=tuple(_read_need(need) for need in table.tables("needs")) if table.has("needs") else (),
        size_rule=_read_size_rule(table) if kind is ParameterType.SIZE else None,
    )
    _check_values(table, parameter)
    table.finish()
    return parameter


def _check_values(table: Table, parameter: Parameter) -> None:
    if parameter.default is not None and not parameter.accepts(parameter.default):
        table.refuse("default", f"a value of this parameter ({parameter.allowed})")
    if parameter.is_default_sent and parameter.default is None:
        table.refuse("send_default", "a default beside it")
    if not all(parameter.accepts(parameter.read(example)) for example in parameter.examples):
        table.refuse("examples", f"values of this parameter as people type them ({parameter.allowed})")
    # While people type, something has to be offered that can be sent as it stands.
    if parameter.type is ParameterType.TEXT and not parameter.examples:
        table.refuse("examples", "at least one text that is worth offering")


def _read_range(table: Table, kind: ParameterType) -> tuple[int | float | None, int | float | None]:
    """Return the inclusive bounds: of numbers and sides their `range`, of texts 1 and their `longest` length."""
    if kind is ParameterType.TEXT:
        return 1, table.integer("longest", 1, _LONGEST_TEXT_PARAMETER)
    if kind not in _WITH_RANGE:
        return None, None
    match table.value("range"):
        case [low, high] if is_number(low) and is_number(high) and low < high:
            if kind in _WHOLE and not (isinstance(low, int) and isinstance(high, int)):
                table.refuse("range", "two whole numbers")
            return low, high
        case _:
            return table.refuse("range", "[lowest, highest]")


def _read_size_rule(table: Table) -> SizeRule:
    most = LARGEST_SIDE_PX**2
    match table.value("pixels") if table.has("pixels") else [1, most]:
        case [int(fewest), int(largest)] if 0 < fewest < largest <= most:
            pixels = fewest, largest
        case _:
            table.refuse("pixels", "[fewest, most]")
    ratio = table.number("ratio", 1, _WIDEST_RATIO) if table.has("ratio") else _WIDEST_RATIO
    return SizeRule(ratio, *pixels, is_object=table.flag("as_object", default=False))


def _read_choices(table: Table, kind: ParameterType) -> tuple[str, ...]:
    if kind not in {ParameterType.CHOICE, ParameterType.SIZE}:
        return ()
    choices = table.texts("choices")
    if not choices and kind is ParameterType.CHOICE:
        table.refuse("choices", "a list of different texts")
    return choices


def _read_value(table: Table, key: str) -> ParameterValue | None:
    value = table.value(key)
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return table.refuse(key, "a text, a number, true or false")


def _read_need(table: Table) -> Need:
    need = Need(of=table.text("of"), among=table.texts("among"), value=_read_value(table, "value"))
    if not need.among:
        table.refuse("among", "a list of different texts")
    table.finish()
    return need


def _check_needs(table: Table, parameter: Parameter, parameters: Mapping[str, Parameter]) -> None:
    for need in parameter.needs:
        other = parameters.get(need.of)
        if other is None or not all(map(other.accepts, need.among)):
            table.refuse("takes", f"what {parameter.name} needs: {need.of} with {', '.join(need.among)}")
        if need.value is not None and not parameter.accepts(need.value):
            table.refuse("takes", f"a value of {parameter.name} in its needs, not {need.value!r}")


def _read_aspect(table: Table, sizes: Sizes) -> Parameters:
    values = {key: _read_aspect_value(table, key, sizes) for key in table.keys}
    if not values:
        table.refuse("width", "the parameters that give this aspect")
    return MappingProxyType(values)


def _read_aspect_value(table: Table, key: str, sizes: Sizes) -> JsonValue:
    match table.value(key):
        case str() as word if key != "image_size" or word in sizes:
            return word
        case side if key in _SIDES and is_side(side):
            return side
        case {"width": width, "height": height} if is_side(width) and is_side(height):
            return {"width": width, "height": height}
        case _:
            return table.refuse(key, "a word, a side in px, or a size of the provider")
