"""How one model stands for one caller: whether it can paint now, and whose account would pay."""

from dataclasses import dataclass

from services.asks import Caller
from services.context import Context
from services.model_choice import account_for, rule_against
from services.models import Payer
from services.offers import Trouble
from services.providers.catalog import Model
from services.providers.registry import Availability


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A model's standing. It can paint when it is `READY` and there is no `trouble`; `payer` is who pays then.

    `availability` is `NEEDS_KEY` only where neither the operator nor the caller nor the caller's server has a key.
    """

    model: Model
    availability: Availability
    payer: Payer = Payer.NOBODY
    trouble: Trouble | None = None

    @property
    def is_ready(self) -> bool:
        """Return whether it could paint for this caller now."""
        return self.availability is Availability.READY and self.trouble is None


def status_of(context: Context, caller: Caller, model: Model) -> ModelStatus:
    """Return how `model` stands for `caller`."""
    availability = context.registry.availability(model)
    if availability in {Availability.NOT_IN_THIS_VERSION, Availability.NEEDS_PRICE}:
        return ModelStatus(model, availability)
    rule = rule_against(context, caller, model)
    if rule is not None:
        return ModelStatus(model, Availability.READY, trouble=rule)
    account = account_for(context, caller, model)
    if isinstance(account, Trouble):
        needs_key = account.code == "model_needs_key"
        return ModelStatus(
            model, Availability.NEEDS_KEY if needs_key else Availability.READY, trouble=account
        )
    # The caller's own key stands in for the operator's.
    return ModelStatus(model, Availability.READY, account.payer, context.standing.trouble_of(model))
