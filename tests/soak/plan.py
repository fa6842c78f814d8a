"""What goes wrong in a run, and when: decided by the seed and nothing else."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.e2e.play import Json

ONE_IN: Final = 20
"""A fault in every so many calls: 5 %."""

_BUSY: Final[Json] = {"status": 429, "headers": {"Retry-After": "1"}, "body": {"detail": "busy"}}
_BROKEN: Final[Json] = {"status": 503, "body": "<html>unavailable</html>"}
_SLOW: Final[Json] = {"delay_ms": 1_500}

FAULTS: Final[Mapping[str, Sequence[tuple[Json, int]]]] = {
    "POST": (
        (_BROKEN, 5), (_BUSY, 5), (_SLOW, 5),
        # The answer is lost: once the order was taken and its webhook comes, once it was not.
        ({"after": True, "reset": True}, 3), ({"reset": True}, 1),
    ),
    "GET": ((_BROKEN, 4), (_BUSY, 4), (_SLOW, 4), ({"reset": True}, 4), ({"cut_after": 40}, 4)),
}  # fmt: skip
"""Steps of the stand-ins' scripts with their weights: for orders, and for everything that is asked or fetched."""

DISCORD_FAULTS: Final[Sequence[Json]] = (
    {"kind": "500", "every": 50},
    {"kind": "429_user", "every": 50},
    # Not an acknowledgement: what Discord then has on its screen no bot can know.
    {"kind": "accept_then_500", "every": 50, "route": "/messages"},
)

DROPS: Final[Sequence[tuple[Json, int]]] = (
    ({"kind": "drop"}, 6),
    ({"kind": "op7"}, 2),
    ({"kind": "op9", "resumable": True}, 1),
    ({"kind": "op9"}, 1),
)
"""How the gateway is lost: cut, asked to reconnect, the session in doubt, the session gone."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One loss of the gateway, so many seconds after the beginning."""

    at_s: float
    body: Json


def _chosen(choice: random.Random, table: Sequence[tuple[Json, int]]) -> Json:
    (step,) = choice.choices([step for step, _ in table], [weight for _, weight in table])
    return step


def steps_of(seed: int, provider: str, method: str, length: int) -> list[Json]:
    """Return what happens to the next calls of a provider: {} lets one through; one in each twenty is a fault."""
    choice = random.Random(f"{seed} {provider} {method}")
    steps: list[Json] = []
    while len(steps) < length:
        block: list[Json] = [{}] * ONE_IN
        block[choice.randrange(ONE_IN)] = _chosen(choice, FAULTS[method])
        steps += block
    return steps[:length]


def drops_of(seed: int, count: int, span_s: float) -> list[Drop]:
    """Return so many losses of the gateway, spread over a span of time and none at its very end."""
    choice = random.Random(f"{seed} gateway")
    each_s = span_s / (count + 1)
    return [
        Drop((number + choice.uniform(0.2, 0.8)) * each_s, _chosen(choice, DROPS)) for number in range(count)
    ]
