"""Which model paints, with which parameters, at what price, on whose account; and what keeps it from painting."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from services.asks import Caller
from services.context import Context
from services.errors import UserError
from services.languages import ENGLISH
from services.models import (
    NO_PARAMETERS,
    NOBODYS_ACCOUNT,
    OPERATORS_ACCOUNT,
    Account,
    Dropped,
    Installation,
    Parameters,
)
from services.offers import Trouble
from services.parts import NO_PART, RecipePart
from services.providers.catalog import Model
from services.providers.fitting import find_parameter
from services.providers.options import parse_options
from services.providers.registry import SKETCH, Availability
from services.providers.safety import Held, within_caps
from services.references import KnownReference, check_references
from services.sayings import said, saying
from services.server_rules import ServerRules

PASSED_OVER: Final = "model"
"""The name under which a recipe says which default did not paint it, and why."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model with the parameters to send, what is dropped and why, the price of one picture and who pays it.

    With a `trouble` it cannot paint as asked; the request is kept as a draft then, and nothing is charged.
    """

    model: Model
    parameters: Parameters
    dropped: tuple[Dropped, ...]
    price_micro_usd: int
    account: Account = NOBODYS_ACCOUNT
    trouble: Trouble | None = None
    aspect: str = ""
    """Width to height as asked for, "" where that is left to the model; where parameters alone were given as well."""


class DefaultSource(StrEnum):
    """Who has said which model paints when nobody names one."""

    PERSON = "person"
    SERVER = "server"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class DefaultModel:
    """What paints when nobody names a model, who has said so, and why the defaults before it do not paint here."""

    model: Model
    source: DefaultSource
    passed_over: tuple[Dropped, ...] = ()


def rules_for(context: Context, caller: Caller) -> ServerRules:
    """Return the rules of the server that the caller asks in, by whatever installation of the bot."""
    return context.preferences.server(caller.origin.guild_id).rules


def is_allowed(context: Context, caller: Caller, model: Model) -> bool:
    """Return whether the server that the caller asks in allows `model`."""
    return rules_for(context, caller).allows(model.provider, model.id)


def rule_against(context: Context, caller: Caller, model: Model) -> Trouble | None:
    """Return why the server that the caller asks in does not let `model` paint, None where it does."""
    rules = rules_for(context, caller)
    if not rules.allows(model.provider, model.id):
        return Trouble("model_not_allowed", {"model": model.title})
    if within_caps(model, {}, rules.caps) is None:
        return Trouble("model_not_strict", {"model": model.title})
    return None


def may_spend(context: Context, caller: Caller) -> bool:
    """Return whether this caller's pictures may be paid with the operator's keys: listed servers only."""
    origin = caller.origin
    if origin.installation is not Installation.GUILD or origin.guild_id is None:
        return False
    return context.limits.is_play_money or origin.guild_id in context.limits.key_servers


def account_for(context: Context, caller: Caller, model: Model) -> Account | Trouble:
    """Return whose account pays for `model`: the caller's own, the server's, the operator's; or why nobody's does.

    Raises UserError("model_not_ready") for a provider that this version does not speak to.
    """
    if context.registry.availability(model) is Availability.NOT_IN_THIS_VERSION:
        raise UserError("model_not_ready", field="model", model=model.title)
    provider = context.catalog.providers[model.provider]
    if provider.key_setting is None:
        return NOBODYS_ACCOUNT
    own = context.accounts.own(model.provider, caller)
    if own is not None:
        return own
    if model.provider in context.registry.keyless:
        return Trouble("model_needs_key", {"model": model.title, "provider": provider.title})
    if not may_spend(context, caller):
        return Trouble("server_not_listed", {"model": model.title, "provider": provider.title})
    return OPERATORS_ACCOUNT


def choice_of(
    context: Context,
    caller: Caller,
    model: Model,
    parameters: Parameters,
    dropped: tuple[Dropped, ...] = (),
    *,
    references: Sequence[KnownReference] = (),
    wants_seed: bool = False,
) -> ModelChoice:
    """Return the choice of a model with parameters that fit it already.

    `wants_seed`: the person named a seed and counts on it. Raises UserError for a model without a price, or for too
    few or too many references.
    """
    check_references(model, len(references))
    paying = account_for(context, caller, model)
    held = within_caps(model, parameters, rules_for(context, caller).caps) or Held(parameters, ())
    parameters, dropped = held.parameters, (*dropped, *held.changed)
    price = model.price_micro_usd(parameters, [(each.width, each.height) for each in references])
    if price is None:
        raise UserError("no_price", field="model", model=model.title)
    account = NOBODYS_ACCOUNT if isinstance(paying, Trouble) else paying
    trouble = paying if isinstance(paying, Trouble) else context.standing.trouble_of(model)
    if wants_seed and not model.capabilities.seed:
        # Before the others: what was kept for want of a key is painted as soon as there is one, and asks nothing more.
        trouble = Trouble("model_takes_no_seed", {"model": model.title})
    # Above all: no key and no other parameter mends it.
    trouble = rule_against(context, caller, model) or trouble
    return ModelChoice(model, parameters, _all_dropped(model, dropped), price, account, trouble)


def _all_dropped(model: Model, dropped: tuple[Dropped, ...]) -> tuple[Dropped, ...]:
    """Return what is not sent, with the words themselves where the model reads none."""
    if model.capabilities.takes_prompt:
        return dropped
    words = Dropped("prompt", saying("dropped.reference_alone", model=model.title))
    # An older recipe has said the same in words.
    is_told = any(said(ENGLISH, each.reason) == said(ENGLISH, words.reason) for each in dropped)
    return dropped if is_told else (*dropped, words)


def can_paint(context: Context, caller: Caller, model: Model) -> bool:
    """Return whether `model` could paint for this caller right now, references aside."""
    if context.registry.availability(model) is Availability.NOT_IN_THIS_VERSION or model.price is None:
        return False
    if rule_against(context, caller, model) is not None:
        return False
    is_paid = not isinstance(account_for(context, caller, model), Trouble)
    return is_paid and context.standing.trouble_of(model) is None


def _no_obstacle(_source: DefaultSource, _model: Model) -> str:
    return ""


def default_choice(
    context: Context, caller: Caller, obstacle_to: Callable[[DefaultSource, Model], str] = _no_obstacle
) -> DefaultModel:
    """Return what paints when nobody names a model: the caller's default, else the server's, else the bot's own.

    A default that can never paint here (not allowed, nobody's key pays, gone) gives way to the next one and is named
    in `passed_over`; so does one for which `obstacle_to` returns why it does not suit, the end of a text's name
    ("settings.obstacle_..."). One that only cannot paint right now (paused, no answer) stays: the person is asked then.
    """
    passed_over: list[Dropped] = []
    for source, model_id in _set_defaults(context, caller):
        model = context.catalog.by_id.get(model_id.lower())
        obstacle = (
            "gone"
            if model is None
            else _lasting_obstacle(context, caller, model) or obstacle_to(source, model)
        )
        if model is not None and not obstacle:
            return DefaultModel(model, source, tuple(passed_over))
        title = model_id if model is None else model.title
        why = saying(f"settings.obstacle_{obstacle}")
        passed_over.append(
            Dropped(PASSED_OVER, saying(f"settings.passed_over_{source}", model=title, why=why))
        )
    return DefaultModel(_bots_default(context, caller), DefaultSource.BOT, tuple(passed_over))


def default_model(context: Context, caller: Caller) -> Model:
    """Return what paints when nobody names a model, see `default_choice`."""
    return default_choice(context, caller).model


def _set_defaults(context: Context, caller: Caller) -> Iterator[tuple[DefaultSource, str]]:
    """Yield the ids of the models that the caller and the server have set, the nearest first."""
    person = context.preferences.person(caller.origin.user_id)
    server = context.preferences.server(caller.origin.guild_id)
    for source, model_id in ((DefaultSource.PERSON, person.model), (DefaultSource.SERVER, server.model)):
        if model_id:
            yield source, model_id


def _lasting_obstacle(context: Context, caller: Caller, model: Model) -> str:
    """Return what keeps `model` from ever painting for this caller here, in one word; "" where nothing does."""
    if context.registry.availability(model) is Availability.NOT_IN_THIS_VERSION or model.price is None:
        return "not_ready"
    if rule_against(context, caller, model) is not None:
        return "not_allowed"
    return "no_key" if isinstance(account_for(context, caller, model), Trouble) else ""


def _bots_default(context: Context, caller: Caller) -> Model:
    """Return the first preferred model that can paint for this caller, else a sketch, else what the server allows."""
    preferred = (context.catalog.by_id[model_id.lower()] for model_id in context.catalog.preferred)
    found = next((model for model in preferred if can_paint(context, caller, model)), None)
    if found is not None:
        return found
    sketch = context.catalog.find(SKETCH)
    allowed = [model for model in context.catalog.models if is_allowed(context, caller, model)]
    if sketch in allowed or not allowed:
        return sketch
    fitting = [model for model in allowed if not model.capabilities.references_needed] or allowed
    return next((model for model in fitting if can_paint(context, caller, model)), fitting[0])


def choose_model(
    context: Context,
    caller: Caller,
    *,
    model: str,
    options: str,
    aspect: str,
    usual_aspect: str = "",
    kept: RecipePart = NO_PART,
    references: Sequence[KnownReference] = (),
    wants_seed: bool = False,
) -> ModelChoice:
    """Return the model to paint with for what was typed. No aspect at all leaves the size to the model.

    What was typed wins over the parameters and the aspect that were `kept`, and those over `usual_aspect`; what of the
    kept ones the model does not take is dropped and named. Raises UserError for unknown models and options, for a model
    without a price, for references that do not fit.
    """
    default = None if model.strip() else default_choice(context, caller)
    chosen = context.catalog.find(model) if default is None else default.model
    shape, not_had = _kept_aspect(chosen, kept.aspect)
    shape = aspect.strip() or shape or usual_aspect
    parameters = _beside_aspect(chosen, kept.parameters, aspect.strip())
    fitted = chosen.fit(parse_options(options), shape, kept=parameters)
    choice = choice_of(
        context,
        caller,
        chosen,
        fitted.parameters,
        fitted.dropped,
        references=references,
        wants_seed=wants_seed,
    )
    passed_over = () if default is None else default.passed_over
    unused = () if aspect.strip() else not_had
    return replace(choice, aspect=shape, dropped=(*passed_over, *choice.dropped, *unused))


def _kept_aspect(model: Model, aspect: str) -> tuple[str, tuple[Dropped, ...]]:
    """Return the aspect that was kept, or why the model cannot have it."""
    if not aspect or aspect in model.aspects:
        return aspect, ()
    if not model.aspects:
        return "", (Dropped("aspect", saying("dropped.takes_none", model=model.title)),)
    reason = saying("dropped.takes", model=model.title, allowed=", ".join(model.aspects))
    return "", (Dropped("aspect", reason),)


def _beside_aspect(model: Model, kept: Parameters, typed_aspect: str) -> Parameters:
    """Return the kept parameters without those that a typed aspect gives."""
    given = model.aspects.get(typed_aspect, NO_PARAMETERS)
    found = {name: find_parameter(name, model.parameters) for name in kept}
    return {
        name: kept[name]
        for name, parameter in found.items()
        if parameter is None or parameter.name not in given
    }
