"""OAuth2 grants: what a member allowed an application, the codes and the tokens that stand for it.

Codes live ten minutes and count once, access tokens live a week, both by the clock; a refresh token is replaced at
every use. *Source:* Discord's "OAuth2"; RFC 6749, 7009 and 7636.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from yarl import URL

from playground.discord.clock import Clock
from playground.discord.credentials import is_same
from playground.discord.errors import Json
from playground.discord.world import Application, World

CODE_S = 600
TOKEN_S = 604_800
TOKENS_PER_GRANT = 10  # as many log-ins of one member with one application stay valid

# scope: what the consent page says of it; all others are `invalid_scope` here
SCOPES = {
    "identify": "See your name, your picture and your language",
    "email": "See your e-mail address",
    "guilds": "See which servers you are in",
    "guilds.members.read": "See your name and roles in those servers",
    "bot": "Add its bot to a server",
    "applications.commands": "Offer its commands",
}
INSTALLING = frozenset({"bot", "applications.commands"})
LOOPBACK = frozenset({"127.0.0.1", "localhost"})
WEB_ADDRESS = re.compile(
    r"https?://[a-z0-9.-]+(:[0-9]{1,5})?([/?][!-\"$-~]*)?"
)  # printable ASCII but for "#"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a member allowed an application."""

    application_id: str
    user_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A grant on its way to the application; `challenge` is PKCE's, `guild_id` the guild that the bot was added to."""

    grant: Grant
    redirect_uri: str
    expires_s: float
    challenge: str | None = None
    guild_id: str | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; those of client credentials have no refresh token."""

    access: str
    grant: Grant
    expires_s: float
    refresh: str | None = None


class Authorizations:
    """All codes and tokens that may still be used."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}

    def issue_code(
        self, grant: Grant, redirect_uri: str, *, challenge: str | None = None, guild_id: str | None = None
    ) -> str:
        """Return a new code; forgets those that are over."""
        now_s = self._clock.now_s()
        self._codes = {key: one for key, one in self._codes.items() if one.expires_s > now_s}
        code = secrets.token_urlsafe(22)
        self._codes[code] = Code(grant, redirect_uri, now_s + CODE_S, challenge, guild_id)
        return code

    def take_code(
        self, code: str, application_id: str, redirect_uri: str, verifier: str | None
    ) -> Code | None:
        """Return what a code stands for, once; None for a wrong, used or expired one, or without what belongs to it."""
        found = self._codes.get(code)
        if found is None or found.grant.application_id != application_id:
            return None
        del self._codes[code]
        fits = found.redirect_uri == redirect_uri and found.expires_s > self._clock.now_s()
        return found if fits and _is_proof(found.challenge, verifier) else None

    def issue_token(self, grant: Grant, *, refreshable: bool) -> Token:
        """Return a new token; the oldest of the same member and application leaves when there are too many."""
        refresh = secrets.token_urlsafe(22) if refreshable else None
        token = Token(secrets.token_urlsafe(22), grant, self._clock.now_s() + TOKEN_S, refresh)
        for old in self._of(grant)[: 1 - TOKENS_PER_GRANT]:
            del self._tokens[old.access]
        self._tokens[token.access] = token
        return token

    def refresh(self, refresh: str, application_id: str) -> Token | None:
        """Return a new token for a refresh token, which is void from then on with its access token."""
        for token in self._tokens.values():
            if token.refresh == refresh and token.grant.application_id == application_id:
                del self._tokens[token.access]
                return self.issue_token(token.grant, refreshable=True)
        return None

    def revoke(self, token: str, application_id: str) -> None:
        """Void every token of the member and application that an access or refresh token belongs to."""
        for found in list(self._tokens.values()):
            if token in (found.access, found.refresh) and found.grant.application_id == application_id:
                for one in self._of(found.grant):
                    self._tokens.pop(one.access, None)

    def bearer(self, access: str, scope: str) -> Token | None:
        """Return the token, while it is valid and holds the scope ("" asks for none)."""
        token = self._tokens.get(access)
        if token is None or token.expires_s <= self._clock.now_s():
            return None
        return token if not scope or scope in token.grant.scopes else None

    def has_granted(self, grant: Grant) -> bool:
        """Say whether the member allowed the application at least these scopes before."""
        return any(set(grant.scopes) <= set(one.grant.scopes) for one in self._of(grant))

    def _of(self, grant: Grant) -> list[Token]:
        pair = (grant.application_id, grant.user_id)
        return [one for one in self._tokens.values() if (one.grant.application_id, one.grant.user_id) == pair]

    def to_json(self) -> list[Json]:
        """Return what a snapshot keeps: the tokens."""
        return [asdict(one) for one in self._tokens.values()]

    def load(self, stored: list[Json]) -> None:
        """Take over a snapshot."""
        for one in stored:
            given = one["grant"]
            grant = Grant(given["application_id"], given["user_id"], tuple(given["scopes"]))
            self._tokens[one["access"]] = Token(**one | {"grant": grant})


def _is_proof(challenge: str | None, verifier: str | None) -> bool:
    """Say whether a verifier fits a challenge of method S256. *Source:* RFC 7636, section 4.6."""
    if challenge is None:
        return True
    digest = hashlib.sha256((verifier or "").encode(errors="replace")).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return is_same(challenge, expected.decode())


def scopes_of(text: str) -> tuple[str, ...] | None:
    """Return the scopes of a request in their order, or None when there is none or one that is not offered."""
    scopes = tuple(dict.fromkeys(text.split()))
    return scopes if scopes and all(one in SCOPES for one in scopes) else None


def redirect_of(world: World, application: Application, asked: str) -> str | None:
    """Return where to send people back to, or None for what is not registered.

    As in Discord only registered addresses count, letter by letter, and the first one where none is asked for. The
    playground's own (first) application has one pattern registered from the start, so that any port of a web edge
    works: every http address on 127.0.0.1 and localhost. Registering addresses for it ends that.
    """
    if application.redirect_uris:
        wanted = asked or application.redirect_uris[0]
        return wanted if wanted in application.redirect_uris else None
    is_own = application.id == world.application("").id
    return asked if is_own and _is_loopback(asked) else None


def is_web_address(address: str) -> bool:
    """Say whether people can be sent there: http or https, an ordinary host name, a port there is, no fragment."""
    try:
        return WEB_ADDRESS.fullmatch(address) is not None and bool(URL(address).host)
    except ValueError:
        return False


def _is_loopback(address: str) -> bool:
    return is_web_address(address) and URL(address).scheme == "http" and URL(address).host in LOOPBACK


def application_of(world: World, client: tuple[str, str] | None) -> Application | None:
    """Return the application that an id and secret belong to."""
    application = world.applications.get(client[0]) if client else None
    if client is None or application is None:
        return None
    return application if is_same(client[1], application.client_secret) else None


def client_of(authorization: str, form: Mapping[str, str]) -> tuple[str, str] | None:
    """Return id and secret from Basic authentication or else the form; None where they are missing."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return None
        return client_id, secret
    if "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    return None
