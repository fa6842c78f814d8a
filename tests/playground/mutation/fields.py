"""Fields of JSON at any depth, by their paths: named, collected and taken away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tests.discord_specs.schemas import Value

Path = tuple[str, ...]

ANY: Final = "*"
"""A step of a path: every element of a list."""

ID: Final = "{id}"
"""A step of a path: every value of a map by ids."""

_SNOWFLAKE: Final = re.compile(r"\d{17,20}")


@dataclass(frozen=True, slots=True, order=True)
class Mutant:
    """A field that a kind of message is robbed of, wherever its path leads."""

    kind: str
    path: Path

    def __str__(self) -> str:
        return f"{self.kind} /{'/'.join(self.path)}"

    @property
    def field(self) -> str:
        """Return the field's own name."""
        return self.path[-1]

    def is_above(self, other: "Mutant") -> bool:
        """Say whether the other's field lies in what this one takes away."""
        return (
            self.kind == other.kind and self.path != other.path and other.path[: len(self.path)] == self.path
        )


def step_of(key: str | int) -> str:
    """Return the step of a path that a key of a map or an index of a list is."""
    if isinstance(key, int):
        return ANY
    return ID if _SNOWFLAKE.fullmatch(key) else key


def paths_in(value: Value, here: Path = ()) -> Iterator[Path]:
    """Yield the path of every field of every object, again for each object that has it."""
    if isinstance(value, list):
        for one in value:
            yield from paths_in(one, (*here, ANY))
    elif isinstance(value, dict):
        for name, one in value.items():
            step = step_of(name)
            if step != ID:
                yield (*here, step)
            yield from paths_in(one, (*here, step))


def take(value: Value, path: Path) -> bool:
    """Take the field at a path out of a value, in place; False where it has none."""
    step, rest = path[0], path[1:]
    if step in (ANY, ID):
        taken = [
            take(one, rest) for one in _members(value, step)
        ]  # all of them: any() would stop at the first
        return any(taken)
    if not isinstance(value, dict) or step not in value:
        return False
    if rest:
        return take(value[step], rest)
    del value[step]
    return True


def _members(value: Value, step: str) -> list[Value]:
    """Return the elements of a list, or the values of a map that its ids lead to."""
    if isinstance(value, list):
        return value if step == ANY else []
    if not isinstance(value, dict) or step == ANY:
        return []
    return [one for name, one in value.items() if step_of(name) == ID]
