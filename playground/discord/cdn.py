"""Serves attachments by their signed addresses, with ranges and HEAD, and with the CDN's faults.

*Source:* Discord's reference, "Signed Attachment CDN URLs" and "Refresh Attachment URLs"; the words of its 404.
"""

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web
from yarl import URL

from playground.discord.calls import Call, Reply
from playground.discord.errors import Problems
from playground.discord.rules.fields import Field, check_fields

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

GONE = "This content is no longer available."
SLOW_S = 5.0
REFRESH_MAX = 50


async def serve(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    """Answer one request for a file; an expired, forged or deleted address is 404 and meets no other fault."""
    file_id = request.match_info["file_id"]
    local.files.asked.append(request.path)
    stored = local.files.by_id.get(file_id)
    is_valid = local.files.is_valid(request.path, request.query)
    if stored is None or stored.path != request.path or not is_valid:
        return web.Response(status=404, text=GONE)
    fault = local.chaos.strike("cdn_expired", "cdn_slow", "cdn_cut", route=request.path)
    if fault == "cdn_expired":
        return web.Response(status=404, text=GONE)
    headers = {
        "Content-Type": stored.content_type,
        "Cache-Control": "private, max-age=3600",
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="{stored.filename}"',
        # a file is somebody's upload: it may be looked at, and must never run on this origin
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if fault == "cdn_cut":
        return await _cut(local, request, file_id, headers)
    if fault == "cdn_slow":
        await asyncio.sleep(SLOW_S)
    return web.FileResponse(local.files.path_of(file_id), headers=headers)


async def _cut(
    local: "LocalDiscord", request: web.Request, file_id: str, headers: dict[str, str]
) -> web.StreamResponse:
    """Send half of the file and cut the connection."""
    content = await asyncio.to_thread(local.files.path_of(file_id).read_bytes)
    response = web.StreamResponse(headers=headers)
    response.content_length = len(content)
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.abort()
    return response


async def refresh_urls(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /attachments/refresh-urls`: fresh addresses for old ones, null for what is no attachment any more."""
    problems = Problems()
    wanted = Field("list", required=True, low=1, high=REFRESH_MAX, items="string")
    check_fields(call.object, {"attachment_urls": wanted}, (), problems)
    problems.refuse()
    fresh = [{"original": one, "refreshed": _refreshed(local, one)} for one in call.object["attachment_urls"]]
    return Reply({"refreshed_urls": fresh})


def _refreshed(local: "LocalDiscord", address: str) -> str | None:
    try:
        path = URL(address).path
    except ValueError:
        return None
    stored = local.files.by_id.get((path.split("/") + [""] * 4)[3])
    return local.files.address(stored) if stored is not None and stored.path == path else None
