"""`/oauth2/authorize`: the page on which a member lets an application log in, or adds its bot to a server.

To say yes as somebody is to act as somebody, so the page asks for the server's key, as `?key=` or by the cookie that
opening the playground's page leaves. *Source:* Discord's "OAuth2"; RFC 6749, section 4.1.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web
from yarl import URL

from playground.discord import actors, structure
from playground.discord.consent import Choice, consent_page, plain_page
from playground.discord.credentials import is_same
from playground.discord.oauth import INSTALLING, Grant, redirect_of, scopes_of
from playground.discord.permissions import ALL, BITS
from playground.discord.rules.fields import is_snowflake
from playground.discord.world import Application, Guild, Role, User

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

COOKIE_S = 30 * 24 * 3600
USER_INSTALL = "1"
REFUSALS = {
    "access_denied": "The resource owner or authorization server denied the request",
    "invalid_scope": "The requested scope is invalid, unknown, or malformed.",
    "unsupported_response_type": "The authorization server does not support this response type.",
    "invalid_request": "A code_challenge needs code_challenge_method=S256.",
}


class RefusedError(Exception):
    """The request cannot even be sent back to the application: a page says why."""

    def __init__(self, message: str, status: int = 400) -> None:
        self.status = status
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Request:
    """A checked authorization request; `redirect_uri` is None where a bot is only added and nothing follows."""

    application: Application
    scopes: tuple[str, ...]
    redirect_uri: str | None
    query: Mapping[str, str]

    @property
    def wants_guild(self) -> bool:
        """Say whether the bot or its commands are to come to a server."""
        return bool(INSTALLING & set(self.scopes)) and not self.wants_user_install

    @property
    def wants_user_install(self) -> bool:
        """Say whether the application is to be installed for the member."""
        return self.query.get("integration_type") == USER_INSTALL and "applications.commands" in self.scopes

    @property
    def permissions(self) -> int:
        """Return the permissions that are asked for the bot."""
        asked = self.query.get("permissions", "0")
        return int(asked) & ALL if is_snowflake(asked) else 0

    def back(self, **answer: str | None) -> web.Response:
        """Return the redirect to the application with its `state`."""
        more = {"state": self.query.get("state"), **answer}
        target = URL(self.redirect_uri or "").update_query({name: one for name, one in more.items() if one})
        return web.Response(status=303, headers={"Location": str(target), **headers_for(None)})

    def refuse(self, error: str) -> web.Response:
        """Return the redirect that tells the application of a refusal."""
        return self.back(error=error, error_description=REFUSALS[error])


def headers_for(request: Request | None) -> dict[str, str]:
    """Return the page's headers; browsers hold `form-action` also against where an answer redirects to."""
    back = f" {URL(request.redirect_uri).origin()}" if request and request.redirect_uri else ""
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self'{back}",
        "X-Content-Type-Options": "nosniff",
        # with no-referrer a form would be posted with `Origin: null`, which the guard takes for a stranger
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _sign(local: "LocalDiscord", what: str) -> str:
    return hmac.digest(local.key.encode(), what.encode(errors="replace"), "sha256").hex()


def _cookie_name(local: "LocalDiscord") -> str:
    return "playground_" + local.base.rpartition(":")[2]  # cookies know no ports


def remember(local: "LocalDiscord", response: web.StreamResponse, user_id: str = "") -> None:
    """Leave the cookie that stands for the key, with the member who was chosen last."""
    value = f"{user_id}.{_sign(local, 'cookie ' + user_id)}"
    response.set_cookie(_cookie_name(local), value, httponly=True, samesite="Lax", max_age=COOKIE_S, path="/")


def _remembered(local: "LocalDiscord", request: web.Request) -> str | None:
    """Return the member of the cookie ("" for nobody yet), or None without a valid cookie."""
    user_id, _, signature = request.cookies.get(_cookie_name(local), "").partition(".")
    return user_id if is_same(signature, _sign(local, "cookie " + user_id)) else None


def welcome(local: "LocalDiscord", request: web.Request, response: web.StreamResponse) -> None:
    """Leave the cookie with somebody who came with the key; whoever was chosen last stays chosen."""
    remember(local, response, _remembered(local, request) or "")


async def serve(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    """`GET` and `POST /oauth2/authorize`."""
    try:
        return await _answer(local, request)
    except RefusedError as error:
        page = plain_page("That did not work", str(error))
        return _html(page, None, error.status)


async def _answer(local: "LocalDiscord", request: web.Request) -> web.StreamResponse:
    last = _remembered(local, request)
    if actors.has_key(local, request):
        clean = request.rel_url.without_query_params("key")
        response = web.Response(status=303, headers={"Location": str(clean), **headers_for(None)})
        welcome(local, request, response)
        return response
    if last is None:
        raise RefusedError("Open the playground's own page first, with the address that it printed.", 403)
    asked = _checked(local, request.query)
    if isinstance(asked, web.Response):
        return asked
    if request.method == "POST":
        return _decide(local, asked, await _form(local, request))
    if _may_skip(local, asked, last):
        return _authorised(local, asked, local.world.users[last], None)
    return _ask(local, asked, request, last)


def _checked(local: "LocalDiscord", query: Mapping[str, str]) -> Request | web.Response:
    """Return the request, or the redirect that refuses it."""
    application = local.world.applications.get(query.get("client_id", ""))
    if application is None:
        raise RefusedError("There is no application with this client_id.")
    scopes = scopes_of(query.get("scope", ""))
    response_type = query.get("response_type", "")
    if scopes is not None and set(scopes) <= INSTALLING and not response_type:
        return Request(application, scopes, None, query)
    redirect_uri = redirect_of(local.world, application, query.get("redirect_uri", ""))
    if redirect_uri is None:
        raise RefusedError("This redirect_uri is not registered for the application.")
    asked = Request(application, scopes or (), redirect_uri, query)
    if response_type != "code":
        return asked.refuse("unsupported_response_type")
    if not scopes:
        return asked.refuse("invalid_scope")
    has_method = query.get("code_challenge_method") == "S256"
    return asked if has_method or "code_challenge" not in query else asked.refuse("invalid_request")


def _may_skip(local: "LocalDiscord", asked: Request, user_id: str) -> bool:
    """Say whether `prompt=none` holds: the member allowed all of it before, and nothing is to be installed."""
    if (
        asked.query.get("prompt") != "none"
        or user_id not in local.world.users
        or INSTALLING & set(asked.scopes)
    ):
        return False
    return local.oauth.has_granted(Grant(asked.application.id, user_id, asked.scopes))


async def _form(local: "LocalDiscord", request: web.Request) -> dict[str, str]:
    """Return what the page posted; only a form that this server made for this very request counts."""
    given = {name: str(value) for name, value in (await request.post()).items()}
    if not is_same(given.get("token", ""), _form_token(local, request)):
        raise RefusedError("This form is not from this page. Go back and try again.", 403)
    return given


def _form_token(local: "LocalDiscord", request: web.Request) -> str:
    return _sign(local, "form " + request.rel_url.raw_query_string)


def _ask(local: "LocalDiscord", asked: Request, request: web.Request, user_id: str) -> web.Response:
    people = sorted((one for one in local.world.users.values() if not one.bot), key=lambda one: one.name)
    choice = Choice(
        form_token=_form_token(local, request),
        people=people,
        chosen=user_id if user_id in local.world.users else people[0].id,
        guilds=_offered(local, asked, people),
        guild_id=asked.query.get("guild_id", ""),
    )
    host = URL(asked.redirect_uri).authority if asked.redirect_uri else ""
    permissions = [name for name, bit in BITS.items() if asked.permissions & bit and "bot" in asked.scopes]
    page = consent_page(asked.application.name, asked.scopes, permissions, host, choice)
    return _html(page, asked, 200)


def _offered(local: "LocalDiscord", asked: Request, people: list[User]) -> list[Guild] | None:
    """Return the guilds to choose from (one of the people may add bots there), or None where none is asked for."""
    if not asked.wants_guild:
        return None
    fixed = asked.query.get("guild_id") if asked.query.get("disable_guild_select") == "true" else None
    guilds = [one for one in local.world.guilds.values() if fixed in (None, one.id)]
    return [one for one in guilds if any(_may_add(local, one.id, person.id) for person in people)]


def _may_add(local: "LocalDiscord", guild_id: str, user_id: str) -> bool:
    member = local.world.members.get((guild_id, user_id))
    return member is not None and bool(local.world.base_permissions(member) & BITS["MANAGE_GUILD"])


def _decide(local: "LocalDiscord", asked: Request, form: Mapping[str, str]) -> web.Response:
    if form.get("decision") != "authorise":
        cancelled = plain_page("Nothing was changed", f"{asked.application.name} got no access.")
        return asked.refuse("access_denied") if asked.redirect_uri else _html(cancelled, None, 200)
    user = local.world.users.get(form.get("user", ""))
    if user is None or user.bot:
        raise RefusedError("Choose who you are.")
    guild = local.world.guilds.get(form.get("guild_id", "")) if asked.wants_guild else None
    if asked.wants_guild and guild is None:
        raise RefusedError("Choose a server.")
    if guild is not None and not _may_add(local, guild.id, user.id):
        name = user.global_name or user.name
        raise RefusedError(f"{name} may not manage {guild.name}, so {name} cannot add anything there.", 403)
    return _authorised(local, asked, user, guild)


def _authorised(local: "LocalDiscord", asked: Request, user: User, guild: Guild | None) -> web.Response:
    """Do what was allowed, and send the visitor back with a code, or say that it is done."""
    if guild is not None and "bot" in asked.scopes:
        _add_bot(local, asked, guild)
    if asked.wants_user_install:
        local.world.installs.add((user.id, asked.application.id))
        local.store.touch()
    if asked.redirect_uri is None:
        where = guild.name if guild else f"{user.global_name or user.name}'s account"
        done = plain_page("Done", f"{asked.application.name} is in {where} now.")
        response = _html(done, None, 200)
    else:
        grant = Grant(asked.application.id, user.id, asked.scopes)
        code = local.oauth.issue_code(
            grant,
            asked.redirect_uri,
            challenge=asked.query.get("code_challenge"),
            guild_id=guild.id if guild else None,
        )
        about = {"guild_id": guild.id, "permissions": str(asked.permissions)} if guild else {}
        response = asked.back(code=code, **about)
    remember(local, response, user.id)
    return response


def _add_bot(local: "LocalDiscord", asked: Request, guild: Guild) -> None:
    """Let the bot into the guild with a role of its name that gives what was asked for."""
    bot_id = asked.application.id
    if (guild.id, bot_id) in local.world.members:
        return
    roles: tuple[str, ...] = ()
    if asked.permissions:
        position = sum(1 for _ in local.world.roles_of(guild.id))
        role = Role(local.ids.next(), guild.id, asked.application.name, asked.permissions, position)
        structure.put_role(local, role)
        roles = (role.id,)
    structure.join(local, guild.id, bot_id, roles)


def _html(page: str, asked: Request | None, status: int) -> web.Response:
    return web.Response(text=page, content_type="text/html", status=status, headers=headers_for(asked))
