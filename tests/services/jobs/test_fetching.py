"""Bringing a finished picture home: from where its provider may keep one, whole, and in what size it came."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from db.jobs.operator_jobs import hurry
from services.alerts import Alert
from services.asks import SeedChoice
from services.context import Context
from services.images import decoders
from services.models import CAME_AS
from services.providers.parameters import Parameter, ParameterType
from services.reruns import rerun_all
from tests.in_words import in_words
from tests.services.finished import with_model
from tests.services.providers.stand_in import Fault, Stage, picture_of
from tests.services.studio import Studio, caller
from tests.waiting import until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def with_sizes(context: Context) -> Context:
    """Return the context with a scripted model that can be asked for sizes; its pictures have 96 x 96 px anyhow."""
    quick = context.catalog.find("scripted/quick")
    size = Parameter("image_size", ParameterType.CHOICE, "Size", choices=("big", "exact"))
    sized = replace(
        quick,
        parameters=MappingProxyType({**quick.parameters, "image_size": size}),
        sizes=MappingProxyType({"big": (512, 512), "exact": (96, 96)}),
    )
    return with_model(context, sized)


def fetched(studio: Studio) -> list[str]:
    return [path for method, path in studio.server.requests if path.startswith(("/pictures", "/mirror"))]


async def test_a_second_address_gives_what_the_first_one_does_not(studio: Studio) -> None:
    studio.server.has_mirror = True
    studio.server.script(Stage.PICTURE, Fault.GONE)
    async with studio.engine():
        await studio.order()
        result = await studio.until_delivered()

    assert len(result.pictures) == 1
    assert fetched(studio) == ["/pictures/order-1", "/mirror/order-1"]


async def test_a_redirect_to_a_foreign_host_is_not_followed(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, *[Fault.SENT_AWAY] * 3)
    async with studio.engine():
        accepted = await studio.order()
        result = await studio.until_delivered()

    assert await studio.states(accepted) == ["failed"]
    assert result.failures[0].code == "result_lost"


async def test_a_picture_that_lies_elsewhere_than_its_provider_keeps_them_is_not_fetched(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(studio.scripted), "may_fetch", lambda _self, url: "/mirror/" in url)
    studio.server.has_mirror = True
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    assert fetched(studio) == ["/mirror/order-1"]


async def test_a_picture_that_comes_with_the_answer_to_a_look_is_asked_for_and_stored(studio: Studio) -> None:
    studio.server.script(Stage.STATUS, Fault.INLINE, Fault.INLINE)
    async with studio.engine():
        await studio.order(seed=5)
        result = await studio.until_delivered()

    assert fetched(studio) == []
    assert await studio.context.store.get(result.pictures[0].digest) == picture_of(5)
    assert studio.server.paid_submits == 1


async def test_base64_text_in_the_place_of_a_picture_is_unwrapped(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.BASE64)
    async with studio.engine():
        await studio.order(seed=5)
        result = await studio.until_delivered()

    assert await studio.context.store.get(result.pictures[0].digest) == picture_of(5)


async def test_half_a_picture_is_fetched_again(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.TRUNCATED)
    async with studio.engine():
        await studio.order(seed=5)
        result = await studio.until_delivered()

    assert await studio.context.store.get(result.pictures[0].digest) == picture_of(5)
    assert fetched(studio) == ["/pictures/order-1"] * 2


async def test_an_expired_address_is_asked_for_anew(studio: Studio) -> None:
    studio.server.script(Stage.PICTURE, Fault.GONE)
    async with studio.engine():
        await studio.order()
        await studio.until_delivered()

    paths = [path for _, path in studio.server.requests]
    first = paths.index("/pictures/order-1")
    assert paths[first:] == ["/pictures/order-1", "/orders/order-1", "/pictures/order-1"]


async def test_a_picture_of_another_size_than_asked_for_says_so(studio: Studio) -> None:
    studio.context = with_sizes(studio.context)
    async with studio.engine():
        await studio.order(options="size=big")
        first = await studio.until_delivered()
        await studio.order(options="size=exact")
        second = await studio.until_delivered(2)

    assert in_words(first.pictures[0].recipe.dropped) == [(CAME_AS, "came as 96 x 96 instead of 512 x 512")]
    assert second.pictures[0].recipe.dropped == ()


async def test_what_was_said_about_the_size_is_not_said_of_the_next_picture(studio: Studio) -> None:
    studio.context = with_sizes(studio.context)
    async with studio.engine():
        await studio.order(options="size=big")
        first = await studio.until_delivered()
        await rerun_all(studio.context, caller(), [first.pictures[0].job_id], SeedChoice.SAME)
        second = await studio.until_delivered(2)

    assert len(second.pictures[0].recipe.dropped) == 1


async def test_where_pictures_cannot_be_looked_into_the_operator_is_told_and_nothing_is_lost(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "decode_process.py"
    program.write_text("raise SystemExit(3)", "ascii")
    accepted = await studio.order()
    with monkeypatch.context() as broken:
        broken.setattr(decoders, "_PROGRAM", program)
        decoders.DECODERS.close()
        async with studio.engine():
            raised = await _first_alerts(studio)
    states = await studio.states(accepted)
    await studio.context.database.write(hurry, accepted.job_ids[0])
    async with studio.engine():
        await studio.until_states(accepted, "stored")

    assert ([each.kind for each in raised], states) == (["decoder_failed"], ["fetching"])


async def _first_alerts(studio: Studio) -> list[Alert]:
    found: list[Alert] = []

    def has_come() -> bool:
        found.extend(studio.context.alerts.take())
        return bool(found)

    await until(has_come)
    return found
