import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.codes import CODE_LENGTH, new_code, parse_code
from services.errors import UserError


@given(st.binary(min_size=5, max_size=5))
def test_a_code_reads_back_as_itself(five_bytes: bytes) -> None:
    code = new_code(lambda count: five_bytes[:count])
    assert len(code) == CODE_LENGTH
    assert parse_code(code) == code


def code_of(number: int) -> str:
    return new_code(lambda count: number.to_bytes(count, "big"))


def test_uses_every_one_of_the_forty_bits() -> None:
    assert len({code_of(1 << bit) for bit in range(40)}) == 40
    assert code_of(0) == "00000000"
    assert code_of(2**40 - 1) == "zzzzzzzz"


def test_two_codes_of_the_system_source_differ() -> None:
    assert new_code() != new_code()


@pytest.mark.parametrize(
    "typed",
    ["7k2m0x14", "7K2M0X14", " 7k2m-0x14 ", "7k2m\u20130x14", "7k2moxi4", "7K2MOXL4", "7\u00a0k2m 0x1\t4"],
)
def test_forgives_case_spaces_dashes_and_look_alikes(typed: str) -> None:
    assert parse_code(typed) == "7k2m0x14"


@pytest.mark.parametrize(
    "typed",
    ["", "7k2m0x1", "7k2m0x144", "7k2m0x1u", "7k2m0x1_", "7k2m0x1\u0661", "7k2m0x1\x00", "-" * 65, "\u212a" * 8],
    ids=["empty", "short", "long", "letter u", "sign", "arabic digit", "NUL", "overlong", "Kelvin signs"],
)  # fmt: skip
def test_refuses_what_is_no_code_and_names_the_field(typed: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_code(typed)
    assert caught.value.code == "bad_code"
    assert caught.value.fields["field"] == "code"
