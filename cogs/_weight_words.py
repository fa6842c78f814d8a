"""What `/budget weight` says. Pure."""

from collections.abc import Mapping

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines
from services.languages import ENGLISH, say


def weight_text(role_id: int, weight: int, language: str = ENGLISH) -> str:
    """Return what a new weight does."""
    name = "budget.weight_one" if weight == 1 else "budget.weight_set"
    return f"{say(language, name, role=f'<@&{role_id}>', weight=weight)}\n{_rule(language)}"


def weights_text(weights: Mapping[int, int], language: str = ENGLISH) -> str:
    """Return a server's weights, one a line."""
    if not weights:
        return f"{say(language, 'budget.weights_none')}\n{_rule(language)}"
    lines = [f"- <@&{role_id}>: {weight}" for role_id, weight in weights.items()]
    return clip_lines(
        [f"### {say(language, 'budget.weights')}", *lines, _rule(language)], MOST_TEXT, language
    )


def _rule(language: str) -> str:
    return f"-# {say(language, 'budget.weight_rule')}"
