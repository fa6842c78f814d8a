"""Reference pictures: whose may be looked at, how many, in which order, and what they add to the price."""

from collections.abc import Sequence

import pytest

from db.jobs import jobs
from services import history
from services.asks import Accepted, Caller, ImagineAsk, RerunAsk, SeedChoice, Viewer
from services.errors import NotAllowedError, NotFoundError, UserError
from services.imagine import create_imagine, plan_imagine
from services.jobs.courier import PictureResult
from services.providers.price import Price
from services.references import (
    MOST_REFERENCES,
    KnownReference,
    check_references,
    find_references,
    known_references,
    parse_references,
)
from services.reruns import rerun
from tests.services.finished import SMALL_PX, finish, looking_at, painted, recipe_of
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

QUICK = "scripted/quick"
PICTURE_MICRO_USD, REFERENCE_MICRO_USD = 40_000, 15_000
HERE = Viewer(ADA, GUILD)


def codes_of(pictures: Sequence[PictureResult]) -> str:
    return " ".join(picture.code for picture in pictures)


def digests_of(references: Sequence[KnownReference]) -> list[str]:
    return [reference.digest for reference in references]


async def imagined(studio: Studio, references: str, who: Caller | None = None) -> Accepted:
    ask = ImagineAsk(who or caller(), "a lighthouse keeper", model=QUICK, references=references)
    return await create_imagine(studio.context, plan_imagine(studio.context, ask))


async def held_for(studio: Studio, accepted: Accepted) -> int:
    """Return what is held for a request of one picture, in micro-dollars."""
    job = await studio.context.database.read(jobs.read_job, accepted.job_ids[0])
    assert job is not None
    return job.price_micro_usd


@pytest.mark.parametrize("text", ["one two", " one,two ", "one, two", "one\n,\ttwo,,"])
def test_codes_stand_apart_by_spaces_or_commas(text: str) -> None:
    assert parse_references(text) == ("one", "two")


@pytest.mark.parametrize("text", ["", "  ", ",", " , ,"])
def test_no_code_is_no_reference(text: str) -> None:
    assert parse_references(text) == ()


def test_sixteen_codes_are_taken_and_one_more_is_refused_with_both_numbers() -> None:
    assert len(parse_references(" ".join(["abcd1234"] * MOST_REFERENCES))) == 16
    with pytest.raises(UserError) as caught:
        parse_references(",".join(["abcd1234"] * (MOST_REFERENCES + 1)))

    assert caught.value.code == "too_many_references"
    assert caught.value.fields == {"field": "references", "found": 17, "maximum": 16}


@on_sqlite
@pytest.mark.parametrize(
    ("owner", "is_private", "where", "viewer", "is_found"),
    [
        (ADA, False, GUILD, HERE, True),
        (ADA, True, GUILD, HERE, True),
        (ADA, True, None, Viewer(ADA), True),
        (ADA, True, GUILD, Viewer(ADA, 999), True),
        (BEN, False, GUILD, HERE, True),
        (BEN, True, GUILD, HERE, False),
        (BEN, False, 999, HERE, False),
        (BEN, False, GUILD, Viewer(ADA), False),
        (BEN, False, None, Viewer(ADA), False),
    ],
    ids=[
        "own",
        "own private",
        "own of direct messages",
        "own private, asked for elsewhere",
        "somebody else's public",
        "somebody else's private",
        "somebody else's of another server",
        "somebody else's public, asked for in direct messages",
        "somebody else's of direct messages",
    ],
)
async def test_a_reference_is_a_picture_that_its_asker_may_see(
    studio: Studio, owner: int, viewer: Viewer, *, is_private: bool, where: int | None, is_found: bool
) -> None:
    picture = await painted(studio, caller(owner, private=is_private, guild_id=where))
    if is_found:
        found = await find_references(studio.context, viewer, [picture.code])
        assert found == (KnownReference(picture.digest, SMALL_PX, SMALL_PX),)
        return
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await find_references(studio.context, viewer, [picture.code])


@on_sqlite
async def test_one_picture_that_may_not_be_seen_refuses_the_whole_order(studio: Studio) -> None:
    looking_at(studio, 2)
    own = await painted(studio)
    private = await painted(studio, caller(BEN, private=True))
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await imagined(studio, codes_of([own, private]))

    assert studio.server.submits == 0


@on_sqlite
async def test_what_is_no_code_is_said_to_be_none(studio: Studio) -> None:
    with pytest.raises(UserError, match="no code in") as caught:
        await find_references(studio.context, HERE, ["portrait-of-my-cat"])

    assert caught.value.code == "bad_code"


async def test_references_keep_the_order_in_which_they_were_named_and_may_come_twice(studio: Studio) -> None:
    looking_at(studio, 3)
    first, second = await painted(studio), await painted(studio)
    named = [second, first, first]
    wanted = [picture.digest for picture in named]
    assert first.digest != second.digest

    assert digests_of(await find_references(studio.context, HERE, [one.code for one in named])) == wanted
    assert digests_of(await known_references(studio.context, HERE, wanted)) == wanted
    recipe = await recipe_of(studio, await imagined(studio, codes_of(named)))
    assert list(recipe.references) == wanted


async def test_a_deleted_picture_is_no_reference_for_anybody(studio: Studio) -> None:
    picture, other = await painted(studio), await painted(studio)
    await history.delete_picture(studio.context, ADA, picture.job_id)
    with pytest.raises(NotFoundError, match="no_such_picture"):
        await find_references(studio.context, HERE, [picture.code])
    with pytest.raises(UserError) as caught:
        await known_references(studio.context, HERE, [other.digest, picture.digest])

    assert (caught.value.code, caught.value.fields) == ("reference_gone", {"field": "references"})


@on_sqlite
async def test_a_picture_is_not_made_again_once_its_reference_was_deleted(studio: Studio) -> None:
    looking_at(studio, 1)
    reference = await painted(studio)
    (made,) = await finish(studio, await imagined(studio, reference.code))
    again = await rerun(studio.context, RerunAsk(caller(), made.job_id, SeedChoice.SAME))
    assert (await recipe_of(studio, again)).references == (reference.digest,)
    await history.delete_picture(studio.context, ADA, reference.job_id)
    with pytest.raises(UserError) as caught:
        await rerun(studio.context, RerunAsk(caller(), made.job_id, SeedChoice.SAME))

    assert caught.value.code == "reference_gone"


@on_sqlite
async def test_a_public_picture_made_from_a_private_one_is_made_again_by_its_owner_only(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    reference = await painted(studio, caller(private=True))
    (made,) = await finish(studio, await imagined(studio, reference.code))
    await history.find_picture(studio.context, Viewer(BEN, GUILD), made.code)
    with pytest.raises(NotAllowedError, match="reference_not_yours"):
        await rerun(studio.context, RerunAsk(caller(BEN), made.job_id, SeedChoice.SAME))

    assert (await rerun(studio.context, RerunAsk(caller(), made.job_id, SeedChoice.SAME))).is_new


@on_sqlite
@pytest.mark.parametrize(
    ("takes", "needs", "given", "code"),
    [
        (0, 0, 1, "model_takes_no_reference"),
        (2, 0, 3, "too_many_references"),
        (2, 1, 0, "model_needs_reference"),
        (4, 2, 1, "model_needs_reference"),
    ],
)
async def test_a_model_says_how_many_references_it_takes(
    studio: Studio, takes: int, needs: int, given: int, code: str
) -> None:
    looking_at(studio, takes, needed=needs)
    model = studio.context.catalog.find(QUICK)
    with pytest.raises(UserError) as caught:
        check_references(model, given)

    assert caught.value.code == code
    assert caught.value.fields["model"] == "Quick"


@on_sqlite
@pytest.mark.parametrize("given", [1, 2])
async def test_as_many_references_as_a_model_takes_are_no_trouble(studio: Studio, given: int) -> None:
    looking_at(studio, 2, needed=1)

    check_references(studio.context.catalog.find(QUICK), given)


@on_sqlite
async def test_too_many_references_for_the_model_are_refused_before_anything_is_accepted(
    studio: Studio,
) -> None:
    looking_at(studio, 1)
    pictures = [await painted(studio), await painted(studio)]
    with pytest.raises(UserError) as caught:
        await imagined(studio, codes_of(pictures))

    assert caught.value.code == "too_many_references"
    assert caught.value.fields == {"field": "references", "model": "Quick", "found": 2, "maximum": 1}
    assert studio.server.submits == 0


@on_sqlite
@pytest.mark.parametrize("count", [0, 1, 3])
async def test_every_reference_adds_to_what_is_held_also_when_it_is_made_again(
    studio: Studio, count: int
) -> None:
    looking_at(studio, 3, price=Price(PICTURE_MICRO_USD, reference_micro_usd=REFERENCE_MICRO_USD))
    pictures = [await painted(studio) for _ in range(count)]
    expected = PICTURE_MICRO_USD + count * REFERENCE_MICRO_USD
    accepted = await imagined(studio, codes_of(pictures))
    assert await held_for(studio, accepted) == expected

    (made,) = await finish(studio, accepted)
    again = await rerun(studio.context, RerunAsk(caller(), made.job_id, SeedChoice.SAME))
    assert await held_for(studio, again) == expected
