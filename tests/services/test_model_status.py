"""How a model stands for a caller: ready and on whose account, or what is in its way."""

from dataclasses import replace

import pytest

from db.people.provider_keys import KeyEntry
from services.accounts import AccountBook
from services.context import Context
from services.model_status import ModelStatus, status_of
from services.models import Payer
from services.providers.registry import Availability
from services.standing import Standing
from tests.services.studio import ADA, GUILD, Studio, caller

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

QUICK = "scripted/quick"


def standing(context: Context, model: str) -> ModelStatus:
    return status_of(context, caller(), context.catalog.find(model))


async def test_the_sketch_painter_is_ready_and_free(studio: Studio) -> None:
    status = standing(studio.context, "sketch")

    assert (status.is_ready, status.payer) == (True, Payer.NOBODY)


async def test_a_paid_model_is_ready_where_the_operators_key_may_be_used(studio: Studio) -> None:
    status = standing(studio.context, QUICK)

    assert (status.is_ready, status.payer) == (True, Payer.OPERATOR)


@pytest.mark.parametrize(("owner", "owner_id"), [(Payer.USER, ADA), (Payer.SERVER, GUILD)])
async def test_a_key_of_ones_own_or_of_the_server_pays_before_the_operators(
    studio: Studio, owner: Payer, owner_id: int
) -> None:
    book = AccountBook([KeyEntry(5, "scripted", owner, owner_id, "1234")])
    status = standing(replace(studio.context, accounts=book), QUICK)

    assert (status.is_ready, status.payer) == (True, owner)


async def test_a_key_is_missing_where_nobody_has_one(studio: Studio) -> None:
    studio.context.registry.keyless = frozenset({"scripted"})
    status = standing(studio.context, QUICK)

    assert (status.availability, status.is_ready) == (Availability.NEEDS_KEY, False)


async def test_a_server_that_may_not_use_the_operators_key_is_told_so(studio: Studio) -> None:
    limits = replace(studio.context.limits, key_servers=frozenset())
    status = standing(replace(studio.context, limits=limits), QUICK)

    assert not status.is_ready
    assert status.trouble is not None
    assert status.trouble.code == "server_not_listed"


async def test_a_paused_model_is_not_ready(studio: Studio) -> None:
    context = replace(studio.context, standing=Standing({QUICK: "Back on Monday."}))
    status = standing(context, QUICK)

    assert not status.is_ready
    assert status.trouble is not None
    assert status.trouble.fields["sentence"] == "Back on Monday."


async def test_a_model_without_a_price_is_off_whoever_asks(studio: Studio) -> None:
    catalog = studio.context.catalog
    model = replace(catalog.find(QUICK), price=None)

    assert status_of(studio.context, caller(), model).availability is Availability.NEEDS_PRICE
