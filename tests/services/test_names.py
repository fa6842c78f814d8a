"""Names: what may be one, and which two are the same."""

import pytest

from services.errors import UserError
from services.names import LONGEST_KEY, LONGEST_NAME, clean_name, name_key


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Mira", "Mira"),
        ("  Mira   the\n Red ", "Mira the Red"),
        ("Mi\u200bra\u202e", "Mira"),
        ("Mira\x00\x07", "Mira"),
        ("\u3164Mira\u2800", "Mira"),
        ("Zoe\u0308", "Zoë"),
        ("❤️", "❤️"),
        ("👩‍🚀", "👩‍🚀"),
        ("CON", "CON"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("夏", "夏"),
        ("M" * LONGEST_NAME, "M" * LONGEST_NAME),
    ],
)
def test_a_name_is_kept_as_typed_but_for_what_nobody_can_see(typed: str, shown: str) -> None:
    assert clean_name(typed, "name") == shown


@pytest.mark.parametrize("typed", ["", "   ", "\u200b\u3164", "../", "---", "\u0301", "\u200d", "\ufe0f"])
def test_a_name_without_a_letter_a_digit_or_a_sign_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        clean_name(typed, "new_name")
    assert (refused.value.code, refused.value.fields["field"]) == ("empty_name", "new_name")


@pytest.mark.parametrize("length", [LONGEST_NAME + 1, 1_000_000])
def test_a_name_that_is_too_long_is_refused_with_its_length(length: int) -> None:
    with pytest.raises(UserError) as refused:
        clean_name("x" * length, "name")
    assert (refused.value.code, refused.value.fields["found"]) == ("text_too_long", length)
    assert refused.value.fields["maximum"] == LONGEST_NAME


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mira", "mIRA"),
        ("Mira", "ＭＩＲＡ"),
        ("Mira", "Mirа"),
        ("MIRA", "МІRА"),
        ("Mira", "Mi\u200dra"),
        ("Mira", "Мιrа"),
        ("Zoë", "Zoё"),
        ("Zoë", "Zoe\u0308"),
        ("Anna  Lee", " anna lee"),
        ("Straße", "STRASSE"),
        ("Ίρις", "ίρισ"),
        ("Надя", "НАДЯ"),
        ("COCO", "СОСО"),
        ("Coco", "Ϲoco"),
        ("HANNA", "НАΝΝА"),
        ("❤️", "❤"),
        ("Iris", "ıris"),
    ],
)
def test_names_that_look_alike_are_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mira", "Mara"),
        ("Zoe", "Zoë"),
        ("Anna Lee", "AnnaLee"),
        ("Mira 1", "Mira 2"),
        ("ваза", "база"),
        ("Надя", "Кадя"),
        ("Νίκος", "Μίκος"),
    ],
)
def test_names_that_nobody_confuses_are_two(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


def test_no_two_common_letters_of_one_alphabet_are_the_same() -> None:
    for alphabet in (
        "abcdefghijklmnopqrstuvwxyz",
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґўј",
        "αβγδεζηθικλμνξοπρστυφχψω",
    ):
        assert len({name_key(letter) for letter in alphabet}) == len(alphabet)


def test_the_key_of_a_key_is_that_key() -> None:
    for name in ("Mira", "МІRА", "Straße", "Zoё", "Ίρις", "👩‍🚀 Ace"):
        assert name_key(name_key(name)) == name_key(name)


def test_a_name_of_signs_that_stand_for_many_letters_has_a_key_that_fits_and_stays_its_own() -> None:
    name = clean_name("\ufdfa" * LONGEST_NAME, "name")
    other = clean_name("\ufdfa" * (LONGEST_NAME - 1) + "\ufdfb", "name")
    assert len(name_key(name)) == LONGEST_KEY
    assert name_key(name) != name_key(other)
