"""What `/budget weight` says. Pure."""

from collections.abc import Mapping

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines

_RULE = (
    "-# While several members wait at once, each is served by the weight of their best role; a role without one "
    "counts 1. Other servers are not affected: every server has the same share."
)


def weight_text(role_id: int, weight: int) -> str:
    """Return what a new weight does."""
    if weight == 1:
        return (
            f"<@&{role_id}> counts as everybody does. That holds for what is asked for from now on.\n{_RULE}"
        )
    return (
        f"From now on members with <@&{role_id}> get {weight} pictures for one of somebody whose weight is 1, while "
        f"both wait.\n{_RULE}"
    )


def weights_text(weights: Mapping[int, int]) -> str:
    """Return a server's weights, one a line."""
    if not weights:
        return f"Everybody in this server waits alike. `/budget weight` with a role and a weight changes that.\n{_RULE}"
    lines = [f"- <@&{role_id}>: {weight}" for role_id, weight in weights.items()]
    return clip_lines(["### Weights of this server's roles", *lines, _RULE], MOST_TEXT)
