"""What a feature file must look like: every rule is tried, so that an operator sees all problems at once."""

import difflib
from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import Final, NamedTuple

from services.json_positions import Items, Member, Members, Node, Scalar, join_pointer, quote
from services.models import FeatureKey

MAX_VALUE_CHARACTERS: Final = 60
MAX_NAME_CHARACTERS: Final = 40
MAX_VALUES: Final = 200
MAX_FEATURES: Final = 100
MAX_WEIGHT: Final = 1000

REQUIRED: Final = MappingProxyType(
    {
        "Shape": ("Face", "Eye", "Eyebrow", "Nose", "Lips", "Cheek", "Chin", "Hairline"),
        "Structure": ("Eye", "Eyebrow", "Nose", "Jawline"),
        "Texture & Features": ("Skin Texture", "Skin Features", "Cheek", "Lips"),
        "Color": ("Eye", "Skin Tone", "Skin Undertones"),
        "Expression": ("Eye", "Eyebrow", "Lips"),
    }
)
"""The 22 features that every file has. *Source:* the project's first brief, "Set up face_features.json"."""

# With "Eye" present, "Eyes" is a slip; with "Shape" present, "Shade" is a category of its own.
_SLIP_RATIO: Final = 0.85
_MEANT_RATIO: Final = 0.6
_NAME_SEPARATORS: Final = "=;,:/"
_VALUE_SEPARATORS: Final = "=;"
# Letters to Unicode, blank to the eye.
_BLANK_LETTERS: Final = "\u115f\u1160\u2800\u3164\uffa0"
_EXPECTED_VALUE: Final = 'text, or {"value": text, "weight": 1 to 1000}'


class Value(NamedTuple):
    """One word that a feature can take; it is drawn `weight` times as often as a word of weight 1."""

    text: str
    weight: int = 1


class Problem(NamedTuple):
    """A broken rule: where (offset in characters, pointer by RFC 6901), what was expected, what was found."""

    offset: int
    pointer: str
    expected: str
    found: str
    hint: str = ""


Features = dict[FeatureKey, tuple[Value, ...]]
Report = Callable[[Problem], None]


def describe(node: Node) -> str:
    """Return what a node is, in words for a message."""
    if isinstance(node, Members):
        return "an object" if node.entries else "an empty object"
    if isinstance(node, Items):
        return "a list" if node.nodes else "an empty list"
    if isinstance(node.value, str):
        return f"the text {quote(node.value)}"
    if node.value is None or isinstance(node.value, bool):
        return str(node.value).replace("None", "null").lower()
    return f"the number {node.value}"


def _text_fault(text: str, longest: int, separators: str) -> str:
    """Return what is expected of a name or value that is not as it should be, "" when it is."""
    if not text.strip().strip(_BLANK_LETTERS).strip():
        return "text that is not blank"
    if len(text) > longest:
        return f"text of at most {longest} characters"
    if not text.isprintable():
        return "text without control, format or surrogate characters"
    if text != text.strip():
        return "text without spaces at its ends"
    if any(separator in text for separator in separators):
        return f"text without any of {' '.join(separators)} (they separate choices in a command)"
    return ""


def _meant(name: str, known: Iterable[str], ratio: float) -> str:
    """Return the known name that this one is a misspelling of, "" if none."""
    folded = {each.casefold(): each for each in known}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=ratio)
    return folded[close[0]] if close else ""


def _named_members(node: Members, pointer: str, report: Report) -> Iterator[Member]:
    """Give the members whose names are fit to be typed, and report the others."""
    seen: dict[str, str] = {}
    for member in node.entries:
        here = join_pointer(pointer, member.key)
        fault = _text_fault(member.key, MAX_NAME_CHARACTERS, _NAME_SEPARATORS)
        twin = seen.get(member.key.casefold())
        if fault:
            report(Problem(member.offset, here, f"a name: {fault}", quote(member.key)))
        elif twin is not None:
            report(Problem(member.offset, here, f"one name only, {quote(twin)} is there", quote(member.key)))
        else:
            seen[member.key.casefold()] = member.key
            yield member


def _check_names(node: Members, required: Iterable[str], pointer: str, kind: str, report: Report) -> None:
    """Report required names that are missing or misspelt."""
    names = [member.key for member in node.entries]
    extra = [member for member in node.entries if member.key not in required]
    missing = [name for name in required if name not in names]
    for name in missing:
        near = _meant(name, (member.key for member in extra), _MEANT_RATIO)
        offset = next((member.offset for member in extra if member.key == near), node.offset)
        found = quote(near) if near else "none"
        hint = f"did you mean {quote(name)}?" if near else ""
        report(Problem(offset, join_pointer(pointer, near or name), f"the {kind} {quote(name)}", found, hint))
    for member in extra:
        meant = _meant(member.key, required, _SLIP_RATIO)
        if meant and meant not in missing:
            report(
                Problem(
                    member.offset,
                    join_pointer(pointer, member.key),
                    f"a {kind} that cannot be taken for {quote(meant)}",
                    quote(member.key),
                    f"did you mean {quote(meant)}?",
                )
            )


def _weighted_value(node: Members, pointer: str, report: Report) -> tuple[str, int] | None:
    """Return text and weight of the long form, None if it is broken."""
    found = {member.key: member.node for member in node.entries}
    for member in node.entries:
        if member.key not in ("value", "weight"):
            hint = _meant(member.key, ("value", "weight"), _MEANT_RATIO)
            where = join_pointer(pointer, member.key)
            meant = f"did you mean {quote(hint)}?" if hint else ""
            report(Problem(member.offset, where, '"value" and "weight" only', quote(member.key), meant))
            return None
    text, weight = found.get("value"), found.get("weight", Scalar(1, node.offset))
    if not (isinstance(text, Scalar) and isinstance(text.value, str)):
        report(Problem(node.offset, pointer, _EXPECTED_VALUE, 'no text under "value"'))
        return None
    number = weight.value if isinstance(weight, Scalar) else None
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MAX_WEIGHT:
        where = join_pointer(pointer, "weight")
        report(Problem(weight.offset, where, f"a whole number from 1 to {MAX_WEIGHT}", describe(weight)))
        return None
    return text.value, number


def _value(node: Node, pointer: str, report: Report) -> Value | None:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        read: tuple[str, int] | None = (node.value, 1)
    elif isinstance(node, Members):
        read = _weighted_value(node, pointer, report)
    else:
        report(Problem(node.offset, pointer, _EXPECTED_VALUE, describe(node)))
        read = None
    if read is None:
        return None
    fault = _text_fault(read[0], MAX_VALUE_CHARACTERS, _VALUE_SEPARATORS)
    if fault:
        report(Problem(node.offset, pointer, fault, quote(read[0], MAX_VALUE_CHARACTERS)))
        return None
    return Value(*read)


def _values(node: Node, pointer: str, report: Report) -> tuple[Value, ...]:
    if not isinstance(node, Items) or not node.nodes:
        report(Problem(node.offset, pointer, "a list of at least one value", describe(node)))
        return ()
    if len(node.nodes) > MAX_VALUES:
        report(Problem(node.offset, pointer, f"at most {MAX_VALUES} values", str(len(node.nodes))))
        return ()
    values: dict[str, Value] = {}
    for index, entry in enumerate(node.nodes):
        here = join_pointer(pointer, index)
        value = _value(entry, here, report)
        if value is not None and values.setdefault(value.text.casefold(), value) is not value:
            report(Problem(entry.offset, here, "each value once", f"{quote(value.text)} again"))
    return tuple(values.values())


def read_features(root: Node) -> tuple[Features, list[Problem]]:
    """Return the features in file order, and every broken rule; use the features only when there is none."""
    features: Features = {}
    problems: list[Problem] = []
    report = problems.append
    if not isinstance(root, Members):
        return {}, [Problem(root.offset, "", "an object of categories", describe(root))]
    _check_names(root, REQUIRED, "", "category", report)
    for category in _named_members(root, "", report):
        pointer = join_pointer("", category.key)
        if not isinstance(category.node, Members) or not category.node.entries:
            found = describe(category.node)
            report(Problem(category.node.offset, pointer, "an object of features", found))
            continue
        _check_names(category.node, REQUIRED.get(category.key, ()), pointer, "feature", report)
        for feature in _named_members(category.node, pointer, report):
            key = FeatureKey(category.key, feature.key)
            features[key] = _values(feature.node, join_pointer(pointer, feature.key), report)
    if len(features) > MAX_FEATURES:
        report(Problem(root.offset, "", f"at most {MAX_FEATURES} features in all", str(len(features))))
    return features, sorted(problems)
