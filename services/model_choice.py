"""Which model paints, with which parameters, at what price, on whose account; and what keeps it from painting."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.asks import Caller
from services.context import Context
from services.errors import UserError
from services.models import NOBODYS_ACCOUNT, OPERATORS_ACCOUNT, Account, Dropped, Installation, Parameters
from services.offers import Trouble
from services.providers.catalog import Model
from services.providers.options import parse_options
from services.providers.registry import SKETCH, Availability
from services.references import KnownReference, check_references


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
    price = model.price_micro_usd(parameters, [(each.width, each.height) for each in references])
    if price is None:
        raise UserError("no_price", field="model", model=model.title)
    account = NOBODYS_ACCOUNT if isinstance(paying, Trouble) else paying
    trouble = paying if isinstance(paying, Trouble) else context.standing.trouble_of(model)
    if wants_seed and not model.capabilities.seed:
        # Before the others: what was kept for want of a key is painted as soon as there is one, and asks nothing more.
        trouble = Trouble("model_takes_no_seed", {"model": model.title})
    return ModelChoice(model, parameters, _all_dropped(model, dropped), price, account, trouble)


def _all_dropped(model: Model, dropped: tuple[Dropped, ...]) -> tuple[Dropped, ...]:
    """Return what is not sent, with the words themselves where the model reads none."""
    if model.capabilities.takes_prompt:
        return dropped
    words = Dropped("prompt", f"{model.title} works on its reference picture alone")
    return tuple(dict.fromkeys((*dropped, words)))


def default_model(context: Context, caller: Caller) -> Model:
    """Return what paints when nobody names a model: the first preferred one that can for this caller, else a sketch."""
    for model_id in context.catalog.preferred:
        model = context.catalog.by_id[model_id.lower()]
        if can_paint(context, caller, model):
            return model
    return context.catalog.find(SKETCH)


def can_paint(context: Context, caller: Caller, model: Model) -> bool:
    """Return whether `model` could paint for this caller right now, references aside."""
    if context.registry.availability(model) is Availability.NOT_IN_THIS_VERSION or model.price is None:
        return False
    is_paid = not isinstance(account_for(context, caller, model), Trouble)
    return is_paid and context.standing.trouble_of(model) is None


def choose_model(
    context: Context,
    caller: Caller,
    *,
    model: str,
    options: str,
    aspect: str,
    references: Sequence[KnownReference] = (),
    wants_seed: bool = False,
) -> ModelChoice:
    """Return the model to paint with for what was typed. An empty `aspect` leaves the size to the model.

    Raises UserError for unknown models and options, for a model without a price, for references that do not fit.
    """
    chosen = context.catalog.find(model) if model.strip() else default_model(context, caller)
    fitted = chosen.fit(parse_options(options), aspect)
    return choice_of(
        context,
        caller,
        chosen,
        fitted.parameters,
        fitted.dropped,
        references=references,
        wants_seed=wants_seed,
    )
