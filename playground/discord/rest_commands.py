"""REST handlers of application commands, global and of guilds (the same, with `guild_id` in the path)."""

from typing import TYPE_CHECKING

from playground.discord.calls import NO_CONTENT, Call, Reply
from playground.discord.commands import Scope
from playground.discord.errors import ApiError, Json

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord


def _scope(local: "LocalDiscord", call: Call) -> Scope:
    """Return whose commands the path means; only the application itself may touch them."""
    if call.params["application_id"] != call.application.id:
        raise ApiError(20012)
    guild_id = call.params.get("guild_id")
    if guild_id is not None and (guild_id, call.application.id) not in local.world.members:
        raise ApiError(50001)
    return call.application.id, guild_id


async def list_commands(local: "LocalDiscord", call: Call) -> Reply:
    """`GET .../commands`; without `with_localizations` only the names and descriptions of the caller's locale."""
    found = local.commands.of(*_scope(local, call))
    if call.asks("with_localizations"):
        return Reply(found)
    return Reply([_localised(one, call.locale) for one in found])


def _localised(named: Json, locale: str) -> Json:
    """Return a command, option or choice with `..._localized` in place of the dictionaries of all locales."""
    shown = {name: value for name, value in named.items() if not name.endswith("_localizations")}
    for name in ("name", "description"):
        text = (named.get(f"{name}_localizations") or {}).get(locale)
        if text is not None:
            shown[f"{name}_localized"] = text
    for key in {"options", "choices"} & shown.keys():
        shown[key] = [_localised(one, locale) for one in shown[key] or ()]
    return shown


async def put_commands(local: "LocalDiscord", call: Call) -> Reply:
    """`PUT .../commands`."""
    if not isinstance(call.body, list) or not all(isinstance(one, dict) for one in call.body):
        raise ApiError(50109)
    commands = local.commands.replace(_scope(local, call), call.body)
    local.store.touch()
    return Reply(commands)


async def create_command(local: "LocalDiscord", call: Call) -> Reply:
    """`POST .../commands`; 201 for a new one, 200 for one that took the place of another."""
    command, is_new = local.commands.upsert(_scope(local, call), call.object)
    local.store.touch()
    return Reply(command, 201 if is_new else 200)


async def get_command(local: "LocalDiscord", call: Call) -> Reply:
    """`GET .../commands/{command_id}`."""
    return Reply(local.commands.get(_scope(local, call), call.params["command_id"]))


async def edit_command(local: "LocalDiscord", call: Call) -> Reply:
    """`PATCH .../commands/{command_id}`."""
    command = local.commands.edit(_scope(local, call), call.params["command_id"], call.object)
    local.store.touch()
    return Reply(command)


async def delete_command(local: "LocalDiscord", call: Call) -> Reply:
    """`DELETE .../commands/{command_id}`."""
    local.commands.delete(_scope(local, call), call.params["command_id"])
    local.store.touch()
    return NO_CONTENT


async def list_command_permissions(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /applications/{application_id}/guilds/{guild_id}/commands/permissions`; nobody has set any."""
    _scope(local, call)
    return Reply([])
