"""`/settings server`: the defaults and the rules of one server."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from db.engine import Connection
from db.money import budgets
from db.money.budgets import Budget
from db.people import preferences
from db.people.preferences import ServerRow
from services.context import Context
from services.errors import UserError
from services.own_settings import CHOOSE_NONE, known_language, known_model, take_in_changes
from services.providers.catalog import Catalog
from services.server_rules import SAFETY, ServerRules

EVERYTHING: Final = "all"
"""What is typed under `allow` to lift the restriction."""


@dataclass(frozen=True, slots=True)
class ServerSettingsAsk:
    """`/settings server`; what is None stays. `caps` maps parameters of safety to values, or to one of `CHOOSE_NONE`.

    `allow` and `forbid` name a model or a whole image service.
    """

    guild_id: int
    model: str | None = None
    language: str | None = None
    is_private: bool | None = None
    allow: str | None = None
    forbid: str | None = None
    caps: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes_something(self) -> bool:
        """Return whether it is more than a look."""
        asked = (self.model, self.language, self.is_private, self.allow, self.forbid)
        return bool(self.caps) or any(each is not None for each in asked)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server has set, and its budgets."""

    row: ServerRow
    budgets: tuple[Budget, ...]
    was_changed: bool


def allowed_name(catalog: Catalog, text: str) -> str:
    """Return the name of the image service, or the id of the model, that was typed.

    Raises UserError("unknown_model", "ambiguous_model").
    """
    wanted = " ".join(text.lower().split())
    services = {each.name: each.name for each in catalog.providers.values()}
    services |= {each.title.lower(): each.name for each in catalog.providers.values()}
    return services.get(wanted) or catalog.find(text).id


def with_allowed(catalog: Catalog, allowed: frozenset[str] | None, name: str) -> frozenset[str]:
    """Return what is allowed once `name` is: it alone where everything was, else it too."""
    kept = frozenset({name}) if allowed is None else allowed | {name}
    # The models of a service that is allowed as a whole need no mention.
    return frozenset(each for each in kept if _service_of(catalog, each) not in kept - {each})


def without_allowed(catalog: Catalog, allowed: frozenset[str] | None, name: str) -> frozenset[str]:
    """Return what stays allowed once `name` is not: what was allowed as a whole is taken apart where need be.

    Raises UserError("nothing_allowed") where nothing would be left.
    """
    models = [each for each in catalog.models if ServerRules(allowed).allows(each.provider, each.id)]
    kept = [each for each in models if name not in {each.provider, each.id}]
    if not kept:
        raise UserError("nothing_allowed", field="forbid")
    whole = {
        each
        for each in catalog.providers
        if (allowed is None or each in allowed) and each != name and _service_of(catalog, name) != each
    }
    return frozenset({*whole, *(each.id for each in kept if each.provider not in whole)})


def _service_of(catalog: Catalog, name: str) -> str | None:
    model = catalog.by_id.get(name.lower())
    return None if model is None else model.provider


def _caps_after(before: Mapping[str, str], asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return the caps with what was asked for. Raises UserError("bad_option") for what is no value of a parameter."""
    caps = dict(before)
    for name, text in asked.items():
        value = text.strip().lower()
        if value in CHOOSE_NONE - {"auto"}:
            caps.pop(name, None)
        elif name in SAFETY and value in SAFETY[name]:
            caps[name] = value
        else:
            allowed = ", ".join(SAFETY.get(name, ()))
            raise UserError("bad_option", field=name[:60], found=text[:60], allowed=allowed)
    return MappingProxyType(caps)


def _rules_after(catalog: Catalog, rules: ServerRules, ask: ServerSettingsAsk) -> ServerRules:
    allowed = rules.allowed
    if ask.allow is not None and ask.allow.strip().lower() == EVERYTHING:
        allowed = None
    elif ask.allow is not None:
        allowed = with_allowed(catalog, allowed, allowed_name(catalog, ask.allow))
    if ask.forbid is not None:
        allowed = without_allowed(catalog, allowed, allowed_name(catalog, ask.forbid))
    return ServerRules(allowed, _caps_after(rules.caps, ask.caps))


def _changed(context: Context, row: ServerRow, ask: ServerSettingsAsk) -> ServerRow:
    """Return the row with what was asked for. Raises UserError where it would contradict itself."""
    rules = _rules_after(context.catalog, row.rules, ask)
    model_id = row.model if ask.model is None else known_model(context, ask.model)
    model = context.catalog.by_id.get((model_id or "").lower())
    if model is not None and not rules.allows(model.provider, model.id):
        raise UserError("default_not_allowed", field="model", model=model.title)
    return ServerRow(
        model=model_id,
        language=row.language if ask.language is None else known_language(ask.language),
        rules=rules,
        is_private=row.is_private if ask.is_private is None else ask.is_private,
    )


def plan_server_settings(context: Context, ask: ServerSettingsAsk) -> Callable[[ServerRow], ServerRow]:
    """Check what was typed as far as that goes without waiting, and return what changes the server's row.

    The caller has made sure that whoever asks may manage the server. Raises UserError.
    """
    _changed(context, ServerRow(), replace(ask, forbid=None, allow=None))
    for name in (ask.allow, ask.forbid):
        if name is not None and name.strip().lower() != EVERYTHING:
            allowed_name(context.catalog, name)
    return lambda row: _changed(context, row, ask)


async def keep_server_settings(
    context: Context, ask: ServerSettingsAsk, change: Callable[[ServerRow], ServerRow]
) -> ServerSettings:
    """Keep what was changed, for every process, and return what holds now.

    Raises UserError("nothing_allowed") and UserError("default_not_allowed"), and changes nothing then; StorageError.
    """
    if ask.changes_something:
        await context.database.write(preferences.change_server, ask.guild_id, change)
        await take_in_changes(context)
    row, found = await context.database.read(_read_server, ask.guild_id)
    return ServerSettings(row, tuple(found), ask.changes_something)


def _read_server(conn: Connection, guild_id: int) -> tuple[ServerRow, list[Budget]]:
    return preferences.read_server(conn, guild_id), budgets.list_budgets(conn, guild_id)
