"""Which model paints, with which parameters, at what price, and whether this caller may spend that."""

from dataclasses import dataclass

from services.asks import Caller
from services.context import Context
from services.errors import NotAllowedError, UserError
from services.models import Dropped, Installation, Parameters
from services.providers.catalog import Model
from services.providers.options import parse_options
from services.providers.registry import Availability

_WHY_NOT_READY = {
    Availability.NEEDS_KEY: "{title} needs a key that this bot does not have; the sketch painter drew instead",
    Availability.NOT_IN_THIS_VERSION: "{title} is not reachable from this version; the sketch painter drew instead",
}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model with the parameters to send, what is dropped and why, and the price of one picture."""

    model: Model
    parameters: Parameters
    dropped: tuple[Dropped, ...]
    price_micro_usd: int


def may_spend(context: Context, caller: Caller) -> bool:
    """Return whether this caller's pictures may be paid with the operator's keys: listed servers only."""
    origin = caller.origin
    return origin.installation is Installation.GUILD and origin.guild_id in context.limits.key_servers


def check_price(context: Context, caller: Caller, model: Model, parameters: Parameters) -> int:
    """Return the price of one picture in micro-dollars.

    Raises UserError("no_price") for a model that is off, NotAllowedError("server_not_listed") where this server may
    not spend.
    """
    price = model.price_micro_usd(parameters)
    if price is None:
        raise UserError("no_price", field="model", model=model.title)
    if price > 0 and not may_spend(context, caller):
        raise NotAllowedError("server_not_listed", model=model.title)
    return price


def _default_model(context: Context, caller: Caller) -> Model:
    model = context.registry.default_model()
    if model.price_micro_usd({}) != 0 and not may_spend(context, caller):
        return context.catalog.find("sketch")
    return model


def _pick(context: Context, caller: Caller, text: str) -> tuple[Model, tuple[Dropped, ...]]:
    if not text.strip():
        return _default_model(context, caller), ()
    model = context.catalog.find(text)
    reason = _WHY_NOT_READY.get(context.registry.availability(model))
    if reason is None:
        return model, ()
    return context.catalog.find("sketch"), (Dropped("model", reason.format(title=model.title)),)


def choose_model(context: Context, caller: Caller, *, model: str, options: str, aspect: str) -> ModelChoice:
    """Return the model to paint with for what was typed. An empty `aspect` leaves the size to the model.

    A model that is not ready here is replaced by the free sketch painter, and the reply says so. Raises UserError for
    unknown models and options, NotAllowedError where this server may not spend.
    """
    chosen, dropped = _pick(context, caller, model)
    if chosen.capabilities.references_needed > 0:
        raise UserError("model_needs_reference", field="model", model=chosen.title)
    fitted = chosen.fit(parse_options(options), aspect)
    price = check_price(context, caller, chosen, fitted.parameters)
    return ModelChoice(chosen, fitted.parameters, (*dropped, *fitted.dropped), price)
