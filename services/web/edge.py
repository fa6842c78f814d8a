"""The web edge over the service's own parts: health probes, and the door for webhooks."""

from collections.abc import Callable

from db import health
from services.context import Context
from services.jobs.webhook_address import is_webhook_mac
from services.jobs.webhooks import receive_webhook
from services.settings import Settings
from services.web.app import EdgeParts, WebEdge
from services.web.health import Probes
from services.web.hooks import HookCall, HookDoor


async def open_web_edge(
    context: Context, settings: Settings, *, is_gateway_up: Callable[[], bool]
) -> WebEdge:
    """Return the started web edge; the caller stops it. Raises StartError where the port is taken."""

    async def receive(call: HookCall) -> None:
        await receive_webhook(context, call.provider, call.attempt_id, call.body, call.headers)

    async def is_database_up() -> bool:
        return await context.database.read(health.is_up)

    def is_ours(provider: str, attempt_id: int, mac: str) -> bool:
        return is_webhook_mac(context, provider, attempt_id, mac)

    edge = WebEdge(
        EdgeParts(Probes(is_gateway_up, is_database_up), HookDoor(is_ours, receive), settings.public_url)
    )
    await edge.start(settings.host, settings.port)
    return edge
