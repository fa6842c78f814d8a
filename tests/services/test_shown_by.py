"""How somebody names what they want to see: which link is of a message, and which name of a file says a code."""

import pytest

from services.errors import UserError
from services.showing import ShownBy, check_shown_by, codes_in_name, message_in
from services.uploads import Brought


@pytest.mark.parametrize(
    "text",
    [
        "discord.com/channels/1/2/3",
        "https://discord.com/channels/1/2",
        "https://discord.com/channels/1/2/3/4",
        "https://discord.com/channels/1/2/x",
        "https://discord.com/users/1/2/3",
        "https://discord.com/channels/1/2/99999999999999999999",
        "https://discord.com/channels/1/2/\u0663",
        f"https://{'a' * 300}/channels/1/2/3",
        "7k2m9xq4",
        "",
    ],
)
def test_what_is_no_link_of_a_message_leads_to_none(text: str) -> None:
    assert message_in(text) is None


def test_one_thing_is_asked_for_at_a_time() -> None:
    file = Brought("https://cdn.discordapp.com/x.png", is_attachment=True)
    for asked, code in (
        (ShownBy("  "), "nothing_to_show"),
        (ShownBy("7k2m9xq4", file, "x.png"), "too_much_to_show"),
    ):
        with pytest.raises(UserError) as caught:
            check_shown_by(asked)
        assert caught.value.code == code
    assert check_shown_by(ShownBy(file=file)).file is file


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("limner-7k2m9xq4.png", ("7k2m9xq4",)),
        ("limner-7k2m9xq4-3fh2p0aa.jpg", ("7k2m9xq4", "3fh2p0aa")),
        ("limner-7k2m9xq4-small.webp", ("7k2m9xq4",)),
        ("limner-7k2m9xq4_1.png", ("7k2m9xq4",)),
        ("limner-uuuuuuuu.png", ()),
        ("my limner-7k2m9xq4.png", ()),
        ("limner-7k2m9xq4.png/../x", ()),
        ("x" * 5000, ()),
        ("", ()),
    ],
)
def test_the_name_that_we_give_says_the_code(name: str, codes: tuple[str, ...]) -> None:
    assert codes_in_name(name) == codes
