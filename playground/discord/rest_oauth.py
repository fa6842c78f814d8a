"""REST handlers of OAuth2: tokens, and what a member's access token reads.

*Source:* Discord's "OAuth2" and "User"; error bodies as its issue tracker shows them.
"""

from typing import TYPE_CHECKING

from playground.discord import objects
from playground.discord.calls import Call, Reply
from playground.discord.clock import iso
from playground.discord.errors import ApiError, Json
from playground.discord.oauth import TOKEN_S, Grant, Token, application_of, client_of, scopes_of
from playground.discord.world import Application

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

# fields of the application that Discord shows to others
PUBLIC = (
    "id", "name", "icon", "description", "summary", "type", "bot", "bot_public", "bot_require_code_grant", "verify_key",
    "flags", "flags_new", "integration_types_config",
)  # fmt: skip


def _refusal(error: str, description: str | None = None, status: int = 400) -> Reply:
    """Return an error as RFC 6749 has it."""
    return Reply({"error": error} | ({"error_description": description} if description else {}), status)


def _invalid(field: str) -> Reply:
    return _refusal("invalid_grant", f'Invalid "{field}" in request.')


INVALID_CLIENT = _refusal("invalid_client", status=401)
NOT_A_FORM = _refusal("invalid_request", "The body must be application/x-www-form-urlencoded.")


async def token(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /oauth2/token`."""
    if call.form is None:
        return NOT_A_FORM
    application = application_of(local.world, client_of(call.authorization, call.form))
    if application is None:
        return INVALID_CLIENT
    kind = call.form.get("grant_type")
    handler = _GRANTS.get(kind or "")
    if handler is None:
        return _refusal("unsupported_grant_type", f"Grant type {kind} is not supported")
    reply = handler(local, application, call.form)
    local.store.touch()
    return reply


def _by_code(local: "LocalDiscord", application: Application, form: dict[str, str]) -> Reply:
    code = local.oauth.take_code(
        form.get("code", ""), application.id, form.get("redirect_uri", ""), form.get("code_verifier")
    )
    if code is None:
        return _invalid("code")
    answer = _token_object(local.oauth.issue_token(code.grant, refreshable=True))
    if code.guild_id in local.world.guilds:
        answer["guild"] = objects.guild_object(local.world, local.world.guilds[code.guild_id])
    return Reply(answer)


def _by_refresh(local: "LocalDiscord", application: Application, form: dict[str, str]) -> Reply:
    fresh = local.oauth.refresh(form.get("refresh_token", ""), application.id)
    return _invalid("refresh_token") if fresh is None else Reply(_token_object(fresh))


def _by_credentials(local: "LocalDiscord", application: Application, form: dict[str, str]) -> Reply:
    """Answer with a token of the application's owner."""
    scopes = scopes_of(form.get("scope", ""))
    if scopes is None:
        return _refusal("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    grant = Grant(application.id, application.owner_id, scopes)
    return Reply(_token_object(local.oauth.issue_token(grant, refreshable=False)))


_GRANTS = {
    "authorization_code": _by_code,
    "refresh_token": _by_refresh,
    "client_credentials": _by_credentials,
}


def _token_object(given: Token) -> Json:
    about: Json = {
        "access_token": given.access,
        "token_type": "Bearer",
        "expires_in": TOKEN_S,
        "scope": " ".join(given.grant.scopes),
    }
    return about if given.refresh is None else about | {"refresh_token": given.refresh}


async def revoke(local: "LocalDiscord", call: Call) -> Reply:
    """`POST /oauth2/token/revoke`; answers 200 also for a token that nobody has, as RFC 7009 wants it."""
    if call.form is None:
        return NOT_A_FORM
    application = application_of(local.world, client_of(call.authorization, call.form))
    if application is None:
        return INVALID_CLIENT
    local.oauth.revoke(call.form.get("token", ""), application.id)
    local.store.touch()
    return Reply({})


async def authorization(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /oauth2/@me`; bots have none, and Discord says 401 to them."""
    if call.bearer is None:
        raise ApiError(0)
    grant = call.bearer.grant
    whole = objects.application_object(local.world, local.world.applications[grant.application_id])
    shown: Json = {
        "application": {name: whole[name] for name in PUBLIC if name in whole},
        "scopes": list(grant.scopes),
        "expires": iso(call.bearer.expires_s),
    }
    if "identify" in grant.scopes:
        shown["user"] = objects.user_object(local.world.users[grant.user_id])
    return Reply(shown)


async def own_user(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/@me`, of a bot or of a member whose access token calls; the latter's e-mail only with its scope."""
    user = local.world.users[call.user_id]
    shown = objects.own_user_object(user)
    if call.bearer is None:
        return Reply(shown)
    if "email" in call.bearer.grant.scopes:
        return Reply(shown | {"email": f"{user.name}@example.com"})
    return Reply({name: value for name, value in shown.items() if name not in ("email", "verified")})


async def own_guilds(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/@me/guilds`, of a bot or member, by id; member counts only `with_counts`."""
    world, user_id = local.world, call.user_id
    after, limit = call.number("after") or 0, call.limit(200, 200)
    found = sorted(
        (one for one in world.guilds_of(user_id) if int(one.id) > after), key=lambda one: int(one.id)
    )
    shown: list[Json] = [
        {
            "id": guild.id, "name": guild.name, "icon": None, "banner": None, "features": [],
            "owner": guild.owner_id == user_id,
            "permissions": str(world.base_permissions(world.members[guild.id, user_id])),
        }
        for guild in found[:limit]
    ]  # fmt: skip
    if call.asks("with_counts"):
        for one in shown:
            members = sum(1 for _ in world.members_of(one["id"]))
            one |= {"approximate_member_count": members, "approximate_presence_count": 0}
    return Reply(shown)


async def own_guild_member(local: "LocalDiscord", call: Call) -> Reply:
    """`GET /users/@me/guilds/{guild_id}/member`, of a member whose access token calls."""
    if call.bearer is None:
        raise ApiError(0)
    member = local.world.members.get((call.params["guild_id"], call.user_id))
    if member is None:
        raise ApiError(10004)
    mask = str(local.world.base_permissions(member))
    return Reply(objects.full_member_object(local.world, member) | {"permissions": mask})
