"""Backups with their pictures: listed, linked where asked for, thinned out, and linked back."""

import errno
import os
from pathlib import Path

import pytest

from services.backups import Plan, back_up, bring_pictures_back, images_of, new_name, pictures_of
from services.errors import StartError
from tests.services.finished import ordered
from tests.services.studio import Studio

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def plan(studio: Studio, target: Path, *, keep: int = 0, with_images: bool = False) -> Plan:
    images = studio.folder / "images" if with_images else None
    return Plan(studio.folder / "limner.db", target, images, keep)


def file_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest[2:4] / digest


async def test_pictures_are_listed_with_their_sizes(studio: Studio) -> None:
    picture = await ordered(studio)
    made = await back_up(plan(studio, studio.folder / "copy.db"))
    size = file_of(studio.folder / "images", picture.digest).stat().st_size

    assert pictures_of(made.file).read_text("ascii") == f"{picture.digest} {size}\n"
    assert pictures_of(made.file).stat().st_mode & 0o777 == 0o600
    assert not images_of(made.file).exists()


async def test_linked_pictures_outlive_their_files_and_come_back(studio: Studio) -> None:
    picture = await ordered(studio)
    made = await back_up(plan(studio, studio.folder / "copy.db", with_images=True))
    linked = file_of(images_of(made.file), picture.digest)
    original = file_of(studio.folder / "images", picture.digest)

    assert (made.linked, made.missing) == (1, 0)
    assert linked.samefile(original)
    original.unlink()
    assert bring_pictures_back(made.file, studio.folder / "images") == 1
    assert await studio.context.store.get(picture.digest)


async def test_a_picture_whose_file_is_gone_is_counted(studio: Studio) -> None:
    picture = await ordered(studio)
    file_of(studio.folder / "images", picture.digest).unlink()
    made = await back_up(plan(studio, studio.folder / "copy.db", with_images=True))
    assert (made.linked, made.missing) == (0, 1)


async def test_only_the_newest_of_our_own_names_are_kept_with_what_belongs_to_them(studio: Studio) -> None:
    await ordered(studio)
    folder = new_name(studio.folder).parent
    mine = folder / "mine.db"
    await back_up(plan(studio, mine, keep=1))
    for day in range(1, 5):
        last = await back_up(
            plan(studio, folder / f"limner-2026010{day}-000000.db", keep=2, with_images=True)
        )

    assert [each.name for each in last.removed] == ["limner-20260102-000000.db"]
    assert sorted(each.name for each in folder.iterdir()) == [
        "limner-20260103-000000.db", "limner-20260103-000000.db.images", "limner-20260103-000000.db.pictures",
        "limner-20260104-000000.db", "limner-20260104-000000.db.images", "limner-20260104-000000.db.pictures",
        "mine.db", "mine.db.pictures",
    ]  # fmt: skip


async def test_without_a_number_all_copies_are_kept(studio: Studio) -> None:
    folder = new_name(studio.folder).parent
    for day in (1, 2):
        last = await back_up(plan(studio, folder / f"limner-2026010{day}-000000.db"))

    assert last.removed == ()
    assert [each.name for each in sorted(folder.glob("*.db"))] == [
        "limner-20260101-000000.db", "limner-20260102-000000.db",
    ]  # fmt: skip


async def test_the_copy_just_made_is_kept_although_the_clock_was_set_back(studio: Studio) -> None:
    folder = new_name(studio.folder).parent
    for day in (3, 2, 1):
        last = await back_up(plan(studio, folder / f"limner-2026010{day}-000000.db", keep=2))

    assert last.file.exists()
    assert [each.name for each in last.removed] == ["limner-20260102-000000.db"]


async def test_pictures_that_are_there_are_counted_as_brought_back(studio: Studio) -> None:
    picture = await ordered(studio)
    made = await back_up(plan(studio, studio.folder / "copy.db", with_images=True))

    assert bring_pictures_back(made.file, studio.folder / "images") == 1
    assert await studio.context.store.get(picture.digest)


async def test_copies_in_another_folder_are_nobodys_to_delete(studio: Studio) -> None:
    folder = studio.folder / "elsewhere"
    for day in (1, 2):
        made = await back_up(plan(studio, folder / f"limner-2026010{day}-000000.db", keep=1))

    assert made.removed == ()
    assert len(list(folder.glob("*.db"))) == 2


@pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP])
async def test_pictures_are_copied_where_the_disk_allows_no_link(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    picture = await ordered(studio)
    monkeypatch.setattr(os, "link", refuse)
    made = await back_up(plan(studio, studio.folder / "copy.db", with_images=True))
    original = file_of(studio.folder / "images", picture.digest)

    assert (made.linked, made.missing) == (1, 0)
    assert file_of(images_of(made.file), picture.digest).read_bytes() == original.read_bytes()


async def test_a_folder_that_cannot_be_made_is_a_sentence(studio: Studio) -> None:
    (studio.folder / "file").write_text("no folder", "ascii")
    with pytest.raises(StartError, match="file"):
        await back_up(plan(studio, studio.folder / "file" / "copy.db"))
