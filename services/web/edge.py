"""The web edge over the service's own parts: probes and metrics, and the door for webhooks."""

from pydantic import SecretStr

from db.upkeep import health
from services.context import Context
from services.jobs.webhook_address import is_webhook_mac
from services.jobs.webhooks import receive_webhook
from services.settings import Settings
from services.vitals import Vitals
from services.web.app import EdgeParts, WebEdge
from services.web.health import Probes
from services.web.hooks import HookCall, HookDoor
from services.web.metrics import MetricsDoor


def probes_of(vitals: Vitals) -> Probes:
    """Return what the probes ask."""
    return Probes(
        gateway=None if vitals.gateway is None else vitals.is_gateway_alive,
        database=vitals.is_database_up,
        heartbeat_age_s=vitals.heartbeat_age_s,
        loop_lag_s=vitals.lag.worst_s,
        ready=vitals.ready,
    )


def _door(context: Context) -> HookDoor:
    async def receive(call: HookCall) -> None:
        await receive_webhook(context, call.provider, call.attempt_id, call.body, call.headers)

    def is_ours(provider: str, attempt_id: int, mac: str) -> bool:
        return is_webhook_mac(context, provider, attempt_id, mac)

    return HookDoor(is_ours, receive)


def _plain_probes(context: Context) -> Probes:
    async def is_database_up() -> bool:
        return await context.database.read(health.is_up)

    return Probes(None, is_database_up)


def _text(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _metrics(settings: Settings, vitals: Vitals | None) -> MetricsDoor:
    return MetricsDoor(_text(settings.metrics_token), None if vitals is None else vitals.gauges.refresh)


async def open_web_edge(context: Context, settings: Settings, *, vitals: Vitals | None = None) -> WebEdge:
    """Return the started web edge; the caller stops it. Raises StartError where the port is taken.

    Without `vitals` its probes ask the database only.
    """
    probes = _plain_probes(context) if vitals is None else probes_of(vitals)
    parts = EdgeParts(probes, _door(context), settings.public_url, metrics=_metrics(settings, vitals))
    edge = WebEdge(parts)
    await edge.start(settings.host, settings.port)
    return edge


async def open_probe_edge(settings: Settings, vitals: Vitals) -> WebEdge | None:
    """Return the small server of a role without a web edge, None where no LIMNER_HEALTH_PORT is set.

    The caller stops it. Raises StartError where the port is taken.
    """
    if settings.health_port is None:
        return None
    edge = WebEdge(EdgeParts(probes_of(vitals), None, metrics=_metrics(settings, vitals)))
    await edge.start(settings.host, settings.health_port, "LIMNER_HEALTH_PORT")
    return edge


async def open_edge(context: Context, settings: Settings, vitals: Vitals, *, has_web: bool) -> WebEdge | None:
    """Return what a role serves: the web edge, or the small server, or None. Raises StartError."""
    if has_web:
        return await open_web_edge(context, settings, vitals=vitals)
    return await open_probe_edge(settings, vitals)
