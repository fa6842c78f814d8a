"""Holds two transcripts against each other, field by field.

Ids are equal when each is met wherever the other one is; the first meeting decides.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tests.playground.simcord.exceptions import EXCEPTIONS, Side
from tests.playground.simcord.kinds import EVENTS, ID_KEYED, answer_kind, child_kind, kind_of
from tests.playground.simcord.stage import Call, Event, Json, Scene

Value: TypeAlias = Any  # whatever JSON holds
MISSING: Final = "(missing)"
EXCEPTED: Final = frozenset(
    (kind, name, side)
    for one in EXCEPTIONS
    for side, kinds in one.fields.items()
    for kind, names in kinds.items()
    for name in names
)
_NOTHING: Final[tuple[object, ...]] = (MISSING, None, [], "")
_ID = re.compile(r"(?<!\d)(\d{14,20})(?!\d)")
_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Spot:
    """A field of a kind of object, met in a step at a place."""

    kind: str
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the two sides have not alike."""

    spot: Spot
    ours: Value
    theirs: Value

    @property
    def side(self) -> Side:
        """Return who alone has the field or has something in it, or "both"."""
        if self.theirs == MISSING or (self.ours != MISSING and self.theirs in _NOTHING):
            return "ours"
        return "theirs" if self.ours in _NOTHING else "both"

    @property
    def key(self) -> tuple[str, str, Side]:
        """Return what an exception would name."""
        return self.spot.kind, self.spot.name, self.side

    def __str__(self) -> str:
        """Return a line for people."""
        ours, theirs = (repr(one)[:_SHOWN] for one in (self.ours, self.theirs))
        return f"{self.spot.kind}.{self.spot.name} in {self.spot.where}: ours {ours}, theirs {theirs}"


@dataclass(slots=True)
class Comparison:
    """What two transcripts have not alike; `used` are the exceptions that were needed.

    `has_parted`: a message was taken on one side and refused on the other, after which nothing can be alike.
    """

    found: list[Difference] = field(default_factory=list)
    used: set[tuple[str, str, Side]] = field(default_factory=set)
    has_parted: bool = False
    _ours: dict[str, str] = field(default_factory=dict)
    _theirs: dict[str, str] = field(default_factory=dict)

    def scenes(self, ours: Sequence[Scene], theirs: Sequence[Scene]) -> None:
        """Compare whole transcripts of one script, of which only the last step may part the two sides."""
        for left, right in zip(ours, theirs, strict=True):
            self._value("", left.is_refused, right.is_refused, Spot("step", "is_refused", left.name))
            self._calls(left, right)
            if self.has_parted:
                assert left is ours[-1], f"the script goes on after {left.name}, where the two sides part"
                return
            self._events(left, right)
            self._places(left, right)

    def _places(self, left: Scene, right: Scene) -> None:
        for place, messages in left.seen.items():
            others = [one for one in right.seen[place] if not self._is_excepted(one, left.name)]
            self._value("message", messages, others, Spot("place", "messages", f"{left.name}, {place}"))

    def _calls(self, left: Scene, right: Scene) -> None:
        ours, theirs = self._without_single(left), right.calls
        if len(ours) != len(theirs):
            titles = ([one.title for one in calls] for calls in (ours, theirs))
            self._note(Spot("step", "calls", left.name), *titles)
            return
        for one, two in zip(ours, theirs, strict=True):
            self._call(one, two, f"{left.name}, {one.title}")

    def _without_single(self, scene: Scene) -> list[Call]:
        """Leave out requests that SimCord answers without one."""
        single = [one for one in scene.calls if ("request", one.title, "ours") in EXCEPTED]
        for one in single:
            self._note(Spot("request", one.title, scene.name), one.title, MISSING)
        return [one for one in scene.calls if one not in single]

    def _call(self, one: Call, two: Call, where: str) -> None:
        self._value("", one.title, two.title, Spot("call", "title", where))
        self._value("body", one.body, two.body, Spot("call", "body", f"{where} body"))
        if one.outcome != two.outcome:
            spot = Spot("refusal", f"{one.outcome} for {two.outcome}", where)
            self._note(spot, one.outcome, two.outcome)
            self.has_parted |= answer_kind(one.path) == "message"
            return
        self._value(answer_kind(one.path), one.answer, two.answer, Spot("call", "answer", f"{where} answer"))

    def _events(self, left: Scene, right: Scene) -> None:
        ours = list(left.events)
        theirs = [one for one in right.events if not self._is_excepted(one.data, left.name)]
        for name in sorted({one.name for one in (*ours, *theirs)}):
            counts = [sum(one.name == name for one in events) for events in (ours, theirs)]
            if counts[0] != counts[1]:
                self._note(Spot("event", name, left.name), *(number or MISSING for number in counts))
                ours, theirs = ([one for one in events if one.name != name] for events in (ours, theirs))
        for one, two in zip(ours, theirs, strict=True):
            self._event(one, two, left.name)

    def _is_excepted(self, data: Json, step: str) -> bool:
        """Say whether it is a message of a kind that SimCord alone posts."""
        kind = str(data.get("type")) if "content" in data else ""
        if ("posted message", kind, "theirs") not in EXCEPTED:
            return False
        self._note(Spot("posted message", kind, step), MISSING, kind)
        return True

    def _event(self, one: Event, two: Event, step: str) -> None:
        if one.name != two.name:
            self._note(Spot("step", "order of events", step), one.name, two.name)
            return
        self._value(EVENTS[one.name], one.data, two.data, Spot("event", "data", f"{step}, {one.name}"))

    def _value(self, base: str, ours: Value, theirs: Value, spot: Spot) -> None:
        """Compare what stands in a field; `base` is the kind of the objects in it."""
        if isinstance(ours, dict) and isinstance(theirs, dict):
            self._objects(base, ours, theirs, spot.where)
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            for index, (one, two) in enumerate(zip(ours, theirs, strict=True)):
                self._value(base, one, two, Spot(spot.kind, spot.name, f"{spot.where}[{index}]"))
        elif not self._same(ours, theirs):
            self._note(spot, ours, theirs)

    def _objects(self, base: str, ours: Json, theirs: Json, where: str) -> None:
        kind = kind_of(base, ours)
        # an object's own id goes first, so that ids are paired where they belong
        for name in sorted(ours.keys() | theirs.keys(), key=lambda one: (one != "id", one)):
            spot = Spot(kind, name, f"{where}.{name}")
            self._field(ours.get(name, MISSING), theirs.get(name, MISSING), spot)

    def _field(self, ours: Value, theirs: Value, spot: Spot) -> None:
        base = child_kind(spot.kind, spot.name)
        if MISSING in (ours, theirs):
            self._note(spot, ours, theirs)
        elif (spot.kind, spot.name) == ("message", "flags"):
            self._flags(ours, theirs, spot.where)
        elif (spot.kind, spot.name, "both") in EXCEPTED:
            self._tried(base, ours, theirs, spot)
        elif spot.kind == "resolved" and spot.name in ID_KEYED:
            self._value("", list(ours), list(theirs), spot)
            self._value(base, list(ours.values()), list(theirs.values()), spot)
        else:
            self._value(base, ours, theirs, spot)

    def _flags(self, ours: int, theirs: int, where: str) -> None:
        """Compare bit by bit."""
        for bit in (1 << place for place in range((ours ^ theirs).bit_length())):
            if (ours ^ theirs) & bit:
                sides = (bit, MISSING) if ours & bit else (MISSING, bit)
                self._note(Spot("message flag", str(bit), where), *sides)

    def _tried(self, base: str, ours: Value, theirs: Value, spot: Spot) -> None:
        """Compare what may differ: ids that do are not paired."""
        trial = Comparison(_ours=dict(self._ours), _theirs=dict(self._theirs))
        trial._value(base, ours, theirs, spot)
        self.used |= trial.used
        if trial.found:
            self._note(spot, ours, theirs)
        elif not trial.used:
            self._ours, self._theirs = trial._ours, trial._theirs

    def _same(self, ours: Value, theirs: Value) -> bool:
        if isinstance(ours, str) and isinstance(theirs, str):
            left, right = _ID.split(ours), _ID.split(theirs)
            return left[::2] == right[::2] and all(map(self._paired, left[1::2], right[1::2]))
        return type(ours) is type(theirs) and bool(ours == theirs)

    def _paired(self, ours: str, theirs: str) -> bool:
        known = self._ours.get(ours), self._theirs.get(theirs)
        if known == (None, None):
            self._ours[ours], self._theirs[theirs] = theirs, ours
            return True
        return known == (theirs, ours)

    def _note(self, spot: Spot, ours: Value, theirs: Value) -> None:
        found = Difference(spot, ours, theirs)
        if found.key in EXCEPTED:
            self.used.add(found.key)
        else:
            self.found.append(found)


def summary(found: Sequence[Difference]) -> str:
    """Return every difference once by kind and field, with how often and where it was first met."""
    firsts: dict[tuple[str, str, Side], Difference] = {}
    for one in found:
        firsts.setdefault(one.key, one)
    counts = Counter(one.key for one in found)
    return "\n".join(
        f"{counts[key]:4} x {one}" for key, one in sorted(firsts.items(), key=lambda two: two[0])
    )
