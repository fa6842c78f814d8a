"""`/settings server`: defaults and rules of one server."""

import pytest

from db.money.budgets import Budget
from services.budgets import BudgetPlace, set_budget
from services.errors import UserError
from services.models import BudgetOwner, Period
from services.providers.catalog import load_catalog
from services.server_rules import ServerRules
from services.server_settings import (
    ServerSettings,
    ServerSettingsAsk,
    allowed_name,
    keep_server_settings,
    plan_server_settings,
    with_allowed,
    without_allowed,
)
from tests.services.studio import ADA, GUILD, OPERATOR, Studio

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CATALOG = load_catalog()
FAL = frozenset(model.id for model in CATALOG.models if model.provider == "fal")
SERVICES = frozenset(CATALOG.providers)


async def keep(studio: Studio, **changes: object) -> ServerSettings:
    """Change settings as `/settings server` does."""
    ask = ServerSettingsAsk(GUILD, **changes)  # type: ignore[arg-type] # options by name
    return await keep_server_settings(studio.context, ask, plan_server_settings(studio.context, ask))


async def test_what_is_set_holds_at_once(studio: Studio) -> None:
    context = studio.context
    kept = await keep(
        studio,
        model="quick",
        language="de",
        is_private=True,
        allow="scripted",
        caps={"safety_tolerance": "2"},
    )
    assert (kept.row.model, kept.row.language, kept.row.is_private) == ("scripted/quick", "de", True)
    assert kept.row.rules == ServerRules(frozenset({"scripted"}), {"safety_tolerance": "2"})
    assert context.privacy.is_private(ADA, GUILD)
    assert not context.privacy.is_private(ADA, None)
    assert context.preferences.server(GUILD).rules == kept.row.rules
    assert context.preferences.server(None).rules == ServerRules()
    assert await context.reload_bell.wait(0)


@ON_SQLITE
async def test_what_is_left_out_stays_and_what_is_taken_back_goes(studio: Studio) -> None:
    await keep(studio, model="quick", allow="scripted", caps={"safety_tolerance": "2", "moderation": "auto"})
    kept = await keep(studio, model="default", allow="ALL", caps={"moderation": "default"})
    assert (kept.row.model, kept.row.rules) == (None, ServerRules(None, {"safety_tolerance": "2"}))


@ON_SQLITE
async def test_a_look_shows_budgets_and_changes_nothing(studio: Studio) -> None:
    await set_budget(
        studio.context, BudgetPlace(GUILD, BudgetOwner.SERVER, GUILD, Period.DAY), 1, set_by=OPERATOR
    )
    seen = await keep(studio)
    assert seen.budgets == (Budget(BudgetOwner.SERVER, GUILD, Period.DAY, 1_000_000),)
    assert not seen.was_changed


async def test_a_default_that_would_not_be_allowed_is_refused_and_nothing_is_changed(studio: Studio) -> None:
    await keep(studio, model="quick")
    with pytest.raises(UserError) as caught:
        await keep(studio, allow="sketch", is_private=True)
    assert caught.value.code == "default_not_allowed"
    assert (await keep(studio)).row.rules == ServerRules()
    assert not studio.context.privacy.is_private(ADA, GUILD)
    assert (await keep(studio, allow="sketch", model="sketch")).row.model == "sketch"


@ON_SQLITE
async def test_the_last_model_that_is_allowed_cannot_be_forbidden(studio: Studio) -> None:
    await keep(studio, allow="sketch")
    with pytest.raises(UserError) as caught:
        await keep(studio, forbid="sketch")
    assert caught.value.code == "nothing_allowed"
    assert (await keep(studio)).row.rules.allowed == frozenset({"sketch"})


@ON_SQLITE
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"allow": "no such thing"}, "unknown_model"),
        ({"forbid": ""}, "unknown_model"),
        ({"model": "fal/codeformer"}, "bad_default"),
        ({"language": "Klingon"}, "unknown_language"),
        ({"caps": {"safety_tolerance": "7"}}, "bad_option"),
        ({"caps": {"moderation": "off"}}, "bad_option"),
        ({"caps": {"steps": "1"}}, "bad_option"),
    ],
)
async def test_what_cannot_be_set_is_refused_before_anything_is_waited_for(
    studio: Studio, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_server_settings(studio.context, ServerSettingsAsk(GUILD, **changes))  # type: ignore[arg-type] # by name
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("fal", "fal"),
        ("FAL", "fal"),
        ("OpenAI", "openai"),
        ("flux-pulid", "fal/flux-pulid"),
        ("sketch", "sketch"),
    ],
)
def test_services_and_models_are_found_by_what_people_call_them(typed: str, name: str) -> None:
    assert allowed_name(CATALOG, typed) == name


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (None, "fal", {"fal"}),
        ({"sketch"}, "fal/flux-dev", {"sketch", "fal/flux-dev"}),
        ({"fal/flux-dev", "sketch"}, "fal", {"fal", "sketch"}),
        ({"fal"}, "fal/flux-dev", {"fal"}),
    ],
    ids=[
        "the first is the only one",
        "a further one joins",
        "a service takes its models in",
        "already there",
    ],
)
def test_what_is_allowed_joins_what_was(before: set[str] | None, name: str, after: set[str]) -> None:
    assert with_allowed(CATALOG, None if before is None else frozenset(before), name) == after


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        (None, "fal", SERVICES - {"fal"}),
        (None, "fal/flux-dev", (SERVICES - {"fal"}) | (FAL - {"fal/flux-dev"})),
        ({"fal", "sketch"}, "fal/flux-dev", {"sketch"} | (FAL - {"fal/flux-dev"})),
        ({"fal", "sketch"}, "sketch", {"fal"}),
        ({"fal/flux-dev", "sketch"}, "fal", {"sketch"}),
        ({"sketch", "fal/of-last-year"}, "openai", {"sketch"}),
    ],
    ids=[
        "all but a service",
        "all but a model",
        "a model of a service",
        "a service",
        "its models",
        "gone ones",
    ],
)
def test_what_is_forbidden_leaves_all_else_as_it_was(
    before: set[str] | None, name: str, after: frozenset[str]
) -> None:
    assert without_allowed(CATALOG, None if before is None else frozenset(before), name) == after
