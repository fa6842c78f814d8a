"""Two pictures beside each other: what differs, who may look, and where the message is remembered."""

from dataclasses import replace

import pytest

from services import history
from services.asks import RerunAsk, SeedChoice, viewer_of
from services.comparing import compare, compare_with_parent
from services.errors import NotFoundError, UserError
from services.jobs.courier import PictureResult
from services.rerolls import reroll
from services.reruns import rerun
from tests.services.finished import NOSE_SHAPE, counted_seeds, finish, ordered, painted
from tests.services.studio import ADA, BEN, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what no SQL decides."""

ADA_HERE, BEN_HERE = viewer_of(caller(ADA)), viewer_of(caller(BEN))


async def child_of(
    studio: Studio, picture: PictureResult, choice: SeedChoice = SeedChoice.NEW
) -> PictureResult:
    (child,) = await finish(studio, await rerun(studio.context, RerunAsk(caller(), picture.job_id, choice)))
    return child


@on_sqlite
async def test_names_what_differs_between_any_two(studio: Studio) -> None:
    left = await painted(studio, seed=7, prompt_seed=5)
    right = await ordered(studio, seed=9)
    found = await compare(studio.context, ADA_HERE, left.code, f" {right.code.upper()} ")

    assert (found.left, found.right) == (left, right)
    assert ("Image seed", "7", "9") in found.differences
    assert ("Model", "sketch", "scripted/quick") in found.differences
    assert not found.is_private


@on_sqlite
async def test_a_rerolled_feature_is_all_that_differs_from_the_parent(studio: Studio) -> None:
    parent = await painted(studio, seed=7, prompt_seed=5)
    accepted = await reroll(studio.context, caller(), parent.job_id, [NOSE_SHAPE])
    (child,) = await finish(studio, accepted)
    found = await compare_with_parent(studio.context, BEN_HERE, child.job_id)

    assert (found.left.code, found.right.code) == (parent.code, child.code)
    assert [each.name for each in found.differences] == ["Nose (Shape)"]


@on_sqlite
async def test_the_same_recipe_again_differs_in_nothing(studio: Studio) -> None:
    parent = await painted(studio)
    child = await child_of(studio, parent, SeedChoice.SAME)

    for pair in ((parent, child), (child, parent)):
        found = await compare(studio.context, ADA_HERE, pair[0].code, pair[1].code)
        assert found.differences == ()


@on_sqlite
async def test_two_of_the_same_parent_differ_in_nothing_but_what_was_asked_for(studio: Studio) -> None:
    parent = await painted(studio, seed=7)
    studio.context = replace(studio.context, random_seed=counted_seeds(100))
    one, other = await child_of(studio, parent), await child_of(studio, parent)
    found = await compare(studio.context, ADA_HERE, one.code, other.code)

    assert found.differences == (("Image seed", "100", "101"),)


@on_sqlite
async def test_a_private_one_makes_it_private_and_is_shown_to_its_owner_alone(studio: Studio) -> None:
    left, right = await painted(studio), await painted(studio, caller(private=True))
    found = await compare(studio.context, ADA_HERE, left.code, right.code)

    assert found.is_private
    for codes in ((left.code, right.code), (right.code, left.code)):
        with pytest.raises(NotFoundError, match="no_such_picture"):
            await compare(studio.context, BEN_HERE, *codes)


@on_sqlite
async def test_refuses_the_same_picture_twice_and_what_is_no_code(studio: Studio) -> None:
    picture = await painted(studio)
    with pytest.raises(UserError, match="compared_with_itself"):
        await compare(studio.context, ADA_HERE, picture.code, picture.code)
    with pytest.raises(UserError) as caught:
        await compare(studio.context, ADA_HERE, picture.code, "what")
    assert caught.value.code == "bad_code"


async def test_says_that_there_is_no_parent_left_to_compare_with(studio: Studio) -> None:
    first = await painted(studio)
    deleted = await child_of(studio, first)
    orphan = await child_of(studio, deleted)
    private = await painted(studio, caller(private=True))
    opened = await finish(
        studio, await rerun(studio.context, RerunAsk(caller(), private.job_id, SeedChoice.NEW))
    )
    await history.delete_picture(studio.context, ADA, deleted.job_id)

    for picture, viewer in ((first, ADA_HERE), (orphan, ADA_HERE), (opened[0], BEN_HERE)):
        with pytest.raises(NotFoundError, match="no_parent"):
            await compare_with_parent(studio.context, viewer, picture.job_id)


async def test_a_message_of_two_is_found_by_both_and_goes_with_either(studio: Studio) -> None:
    left, right = await painted(studio), await painted(studio, caller(BEN))
    await history.record_sheet(studio.context, (left, right), 20, 555)
    seen = await history.find_pictures_of_message(studio.context, 555)
    deleted = await history.delete_picture(studio.context, BEN, right.job_id)

    assert [each.code for each in seen] == [left.code, right.code]
    assert [(place.message_id, place.job_ids) for place in deleted.places if place.message_id == 555] == [
        (555, ())
    ]
