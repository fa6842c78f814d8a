"""What counts as one emoji."""

import pytest

from playground.discord.rules.emoji import is_emoji


@pytest.mark.parametrize("text", ["🎲", "✉️", "🗑️", "1️⃣", "🇩🇪", "👍🏽", "👩‍👩‍👧", "❤️‍🔥", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"])
def test_knows_characters_and_sequences(text: str) -> None:
    assert is_emoji(text)


@pytest.mark.parametrize("text", ["", "a", "é", "日", "#", "↻", "party:1", "🎲🎲", "🎲 ", "\ufe0f"])
def test_refuses_other_text_and_two_at_once(text: str) -> None:
    assert not is_emoji(text)
