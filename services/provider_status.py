"""What `/status` says of each provider: whether it works, how much it has to do, and whose account would pay."""

from dataclasses import dataclass
from enum import StrEnum

from db.jobs import job_queries
from db.jobs.job_queries import Load
from services.asks import Caller
from services.context import Context
from services.model_choice import may_spend
from services.models import Payer
from services.providers.model import ProviderEntry


class Health(StrEnum):
    """How a provider stands."""

    FINE = "fine"
    PAUSED = "paused"
    DOWN = "down"
    """It did not answer; the next trial is still to come."""
    ON_TRIAL = "on_trial"
    """It did not answer, and the next picture that somebody asks for is the trial."""


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """One provider as it stands for one person.

    `payer` is whose account would pay, None where the person has none to use. `paused_models` maps titles of models
    that are paused by themselves to their sentences. `down_s` is how long it has not answered, `trial_in_s` when it
    is tried again, `answered_ago_s` when it last answered this process (None: not asked since the start).
    """

    name: str
    title: str
    health: Health
    payer: Payer | None
    load: Load
    sentence: str = ""
    paused_models: tuple[tuple[str, str], ...] = ()
    down_s: float = 0.0
    trial_in_s: float = 0.0
    answered_ago_s: float | None = None


def payer_for(context: Context, caller: Caller, entry: ProviderEntry) -> Payer | None:
    """Return whose account would pay for the caller's pictures there, None where nobody's would."""
    if entry.key_setting is None:
        return Payer.NOBODY
    own = context.accounts.own(entry.name, caller)
    if own is not None:
        return own.payer
    is_operators = entry.name not in context.registry.keyless and may_spend(context, caller)
    return Payer.OPERATOR if is_operators else None


async def provider_statuses(context: Context, caller: Caller) -> list[ProviderStatus]:
    """Return how every provider that this version speaks to stands, in the catalogue's order. Raises StorageError."""
    loads = await context.database.read(job_queries.load_of_providers)
    entries = (each for each in context.catalog.providers.values() if each.name in context.registry.speaks)
    return [_status(context, caller, entry, loads.get(entry.name, Load())) for entry in entries]


def _status(context: Context, caller: Caller, entry: ProviderEntry, load: Load) -> ProviderStatus:
    standing = context.standing
    paused = tuple(
        (model.title, standing.pauses[model.id])
        for model in context.catalog.models
        if model.provider == entry.name and model.id in standing.pauses and model.id != entry.name
    )
    return ProviderStatus(
        name=entry.name,
        title=entry.title,
        health=_health(context, entry.name),
        payer=payer_for(context, caller, entry),
        load=load,
        sentence=standing.pauses.get(entry.name, ""),
        paused_models=paused,
        down_s=standing.down_for_s(entry.name),
        trial_in_s=standing.trial_in_s(entry.name),
        answered_ago_s=standing.answered_ago_s(entry.name),
    )


def _health(context: Context, name: str) -> Health:
    if name in context.standing.pauses:
        return Health.PAUSED
    if not context.standing.is_down(name):
        return Health.FINE
    return Health.DOWN if context.standing.trial_in_s(name) > 0 else Health.ON_TRIAL
