"""What a command brings along: said to be agreed first, fetched in order, and refused before anything is fetched."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.asks import ImagineAsk
from services.brought_references import bring_references, brings, check_brought
from services.errors import NotFoundError, UserError
from services.imagine import plan_imagine
from services.kept_parts import start_brought_imagine
from services.references import parse_references
from services.uploads import Brought, list_uploads
from tests.services.brought import NAME, Internet, discords_files, internet, photo
from tests.services.finished import looking_at, painted, recipe_of
from tests.services.studio import ADA, BEN, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
QUICK = "scripted/quick"
ADDRESS = f"https://{NAME}/a.jpg"


def asked(references: str = "", brought: Brought | None = None, *, agreed: bool = True) -> ImagineAsk:
    return ImagineAsk(
        caller(), "a keeper", model=QUICK, references=references, brought=brought, has_agreed=agreed
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("abcd1234,efgh5678", ("abcd1234", "efgh5678")),
        (f"abcd1234 {ADDRESS}", ("abcd1234", ADDRESS)),
        (f"{ADDRESS}, abcd1234", (ADDRESS, "abcd1234")),
        ("https://a.example/x,y.png?a=1,2", ("https://a.example/x,y.png?a=1,2",)),
        ("http://a.example", ("http://a.example",)),
    ],
)
def test_codes_and_addresses_stand_apart_by_spaces(studio: Studio, text: str, names: tuple[str, ...]) -> None:
    assert parse_references(text) == names
    assert brings(asked(text)) == any("://" in name for name in names)


@pytest.mark.parametrize("what", ["a file", "an address"])
async def test_nothing_is_fetched_before_somebody_said_that_all_agreed(studio: Studio, what: str) -> None:
    looking_at(studio, 2)
    async with discords_files(studio) as shelf:
        file = shelf.attachment(photo()) if what == "a file" else None
        ask = asked("" if file else shelf.put(photo()), file, agreed=False)
        with pytest.raises(UserError) as at_once:
            plan_imagine(studio.context, ask)
        with pytest.raises(UserError) as later:
            await bring_references(studio.context, ask)

    assert at_once.value.code == later.value.code == "upload_not_agreed"
    assert shelf.asked == []


@pytest.mark.parametrize(
    ("takes", "codes", "code"),
    [(0, 0, "model_takes_no_reference"), (1, 1, "too_many_references"), (16, 16, "too_many_references")],
)
async def test_more_than_the_model_looks_at_is_not_fetched(
    studio: Studio, takes: int, codes: int, code: str
) -> None:
    looking_at(studio, takes)
    async with discords_files(studio) as shelf:
        ask = asked(" ".join(["abcd1234"] * codes), shelf.attachment(photo()))
        with pytest.raises(UserError) as caught:
            plan_imagine(studio.context, ask)

    assert (caught.value.code, shelf.asked) == (code, [])


async def test_without_a_model_named_the_one_that_paints_then_is_asked_how_many_it_takes(
    studio: Studio,
) -> None:
    # With keys of nobody's it is the sketch painter, which looks at nothing.
    ask = ImagineAsk(caller(), "a keeper", brought=Brought("", is_attachment=True), has_agreed=True)
    with pytest.raises(UserError) as caught:
        plan_imagine(studio.context, ask)

    assert caught.value.code == "model_takes_no_reference"


async def test_where_a_kept_part_may_name_the_model_nothing_is_said_of_it_yet(studio: Studio) -> None:
    ask = ImagineAsk(caller(), "a keeper", preset="mine", brought=Brought("", is_attachment=True))
    check_brought(studio.context, replace(ask, has_agreed=True))
    with pytest.raises(UserError) as caught:
        check_brought(studio.context, ask)

    assert caught.value.code == "upload_not_agreed"


async def test_a_code_that_may_not_be_seen_is_told_before_anything_is_fetched(studio: Studio) -> None:
    looking_at(studio, 2)
    private = await painted(studio, caller(BEN, private=True))
    async with discords_files(studio) as shelf:
        with pytest.raises(NotFoundError):
            await bring_references(studio.context, asked(private.code, shelf.attachment(photo())))

    assert shelf.asked == []


async def test_the_attached_file_comes_first_and_the_others_as_they_were_typed(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looking_at(studio, 3)
    made = await painted(studio)
    async with internet(studio, tmp_path, monkeypatch) as net:
        recipe = await recipe_with_three(studio, net, made.code)
    first, second = (each.upload.digest for each in reversed(await list_uploads(studio.context, ADA)))

    assert recipe == (first, second, made.digest)


async def recipe_with_three(studio: Studio, net: Internet, code: str) -> tuple[str, ...]:
    """Ask for a picture with a file, an address and a code, and return its references."""
    net.shelf.put(photo(1), "attachments/1/2/a.jpg")
    net.shelf.put(photo(2), "a.jpg")
    file = Brought("https://cdn.discordapp.com/attachments/1/2/a.jpg", is_attachment=True)
    known = await bring_references(studio.context, asked(f"{ADDRESS}, {code}", file))
    assert not brings(known.ask)
    return (await recipe_of(studio, await start_brought_imagine(studio.context, known)())).references
