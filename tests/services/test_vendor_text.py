"""What outside services say is shown without what somebody wrote."""

import pytest

from services.vendor_text import LONGEST_CHARACTERS, vendor_text, words_of

PROMPT = "A portrait of my Neighbour Anna Müller,\n  laughing in her red kitchen"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param(f"bad prompt: {PROMPT}!", "bad prompt: [...]!", id="whole"),
        pytest.param(f"bad prompt: {PROMPT[:40]}", "bad prompt: [...]", id="cut off"),
        pytest.param(
            "refused: ...laughing in her RED kitch... (1 of 2)", "refused: ...[...]... (1 of 2)", id="an end"
        ),
        pytest.param("The name 'Anna Müller' is not allowed", "The name '[...]' is not allowed", id="quoted"),
        pytest.param('banned word: "red"', 'banned word: "[...]"', id="one quoted word"),
        pytest.param("'width' isn't in the allowed range", "'width' isn't in the allowed range", id="ours"),
        pytest.param("red is busy in the kitchen", "red is busy in the kitchen", id="words of everybody"),
        pytest.param(
            "portrait of my neighbour: no, portrait of me", "[...]: no, portrait of me", id="a part"
        ),
        pytest.param("your portrait of a cat", "your portrait of a cat", id="less than a part"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_what_somebody_wrote_is_taken_out(said: str, shown: str) -> None:
    assert vendor_text(said, [PROMPT]) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [("a cat: no", "[...]: no"), ("no a cat!", "no [...]!"), ("a category of a cat", "a category of [...]")],
)
def test_a_short_text_counts_where_it_stands_alone(said: str, shown: str) -> None:
    assert vendor_text(said, ["a cat"]) == shown


def test_a_negative_prompt_is_somebodys_words_as_well_and_a_format_is_not() -> None:
    parameters = {"negative_prompt": "my neighbour", "output_format": "jpeg", "prompt_upsampling": True}

    assert words_of("a face", parameters) == ("a face", "my neighbour")


@pytest.mark.parametrize("private", ["", " \n", "İİİİİİİİİİİİİİ", "x" * 40_000])
def test_any_private_text_leaves_other_words_alone(private: str) -> None:
    assert vendor_text("Insufficient credits, İ.", [private]) == "Insufficient credits, İ."


def test_a_long_text_is_cut_after_what_is_private_was_taken_out() -> None:
    said = vendor_text(f"{PROMPT} " * 20 + "no " * 500, [PROMPT])

    assert len(said) == LONGEST_CHARACTERS
    assert "portrait" not in said


def test_control_characters_and_secrets_are_taken_out() -> None:
    assert vendor_text("bad\x07 key\r\nsk-abcdefghijklmnopqrstuvwxyz0123") == "bad key [secret]"
