"""When to look after a waiting order: by how long its model usually takes, and whether its provider calls us."""

from collections.abc import Mapping
from typing import Final

from services.context import Context
from services.errors import LimnerError, ProviderBusy
from services.jobs.known_after import expected_s
from services.providers.base import Running

HAS_WEBHOOK: Final = "has_webhook"
"""In a stored handle: the order named our address, so that its provider calls."""

SHORTEST_S: Final = 1.0
LONGEST_S: Final = 10.0
FIRST_LOOK_SHARE: Final = 0.8
"""Of the model's usual duration: half of all pictures are finished a little before it."""
SHARE_OF_AGE: Final = 0.25
"""A look after a quarter of the time waited so far: nobody waits much longer than the picture took."""

NET_FIRST_S: Final = 30.0
NET_FIRST_TIMES_USUAL: Final = 3.0
NET_SHORTEST_S: Final = 45.0
NET_LONGEST_S: Final = 60.0
AGAIN_S: Final = 5.0
"""Not shorter: one order that cannot be looked at must not count as a provider that is down (`services/circuit.py`)."""


def first_look_s(usual_s: float, wish_s: float, *, has_webhook: bool) -> float:
    """Return when to look first, in seconds after the submit.

    `usual_s` is the model's usual duration, `wish_s` when the provider says that it makes sense. With a webhook
    the looks are only a safety net.
    """
    if has_webhook:
        return max(NET_FIRST_TIMES_USUAL * usual_s, NET_FIRST_S)
    return max(min(FIRST_LOOK_SHARE * usual_s, LONGEST_S), min(wish_s, NET_FIRST_S))


def next_look_s(age_s: float, *, has_webhook: bool) -> float:
    """Return the wait until the next look at an order that was sent `age_s` seconds ago.

    It grows from 1 s to 10 s, with a webhook from 45 s to 60 s.
    """
    low, high = (NET_SHORTEST_S, NET_LONGEST_S) if has_webhook else (SHORTEST_S, LONGEST_S)
    return min(max(age_s * SHARE_OF_AGE, low), high)


def wait_after_s(seen: Running | LimnerError, age_s: float, *, looks: int, has_webhook: bool) -> float:
    """Return the wait until the next look after one that has seen an order running, or could not tell.

    Not before the provider wants it. `looks` is how many there were. With a webhook a look that could not tell may have
    come from the only call there is: it is made again after 5 s and 15 s, and then the looks are a net as ever.
    """
    wait_s = next_look_s(age_s, has_webhook=has_webhook)
    if isinstance(seen, Running):
        return max(wait_s, min(seen.poll_after_s, LONGEST_S))
    if has_webhook:
        wait_s = min(wait_s, AGAIN_S * 3.0 ** min(max(looks - 1, 0), 9))
    return max(wait_s, seen.retry_after_s) if isinstance(seen, ProviderBusy) else wait_s


def first_look_of(context: Context, model_id: str, wish_s: float, *, has_webhook: bool) -> float:
    """Return when to look first at an order of this model."""
    return first_look_s(expected_s(context, model_id), wish_s, has_webhook=has_webhook)


def calls_us(handle: Mapping[str, object] | None) -> bool:
    """Return whether an order's provider was given an address of ours."""
    return handle is not None and handle.get(HAS_WEBHOOK) is True
