"""What an entry of each list of `POST /play/world` may hold, and the check that names the field that is wrong."""

from collections.abc import Mapping

from playground.discord.errors import Json, Problems
from playground.discord.intents import BY_NAME
from playground.discord.permissions import BITS
from playground.discord.play import PlayError
from playground.discord.rules.fields import LOCALES, Field, check_fields
from playground.discord.world import KINDS

_NAME = Field("string", required=True, low=1, high=100)
_REF = Field("string", low=1)
_NEEDED_REF = Field("string", required=True, low=1)
_REFS = Field("list", items="string")
_FLAG = Field("boolean")
_LOCALE = Field("string", choices=LOCALES)

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "users": {
        "name": _NAME, "global_name": Field("string", low=1, high=32), "locale": _LOCALE, "takes_dms": _FLAG,
        "looks": Field("object"),
    },
    "guilds": {"name": _NAME, "locale": _LOCALE, "owner": _REF, "bots": _FLAG, "remove": _FLAG},
    "channels": {
        "name": _NAME, "guild": _REF, "kind": Field("string", choices=tuple(KINDS)), "nsfw": _FLAG, "parent": _REF,
        "recipients": _REFS, "archived": _FLAG, "remove": _FLAG,
    },
    "roles": {"name": _NAME, "guild": _REF, "permissions": _REFS, "remove": _FLAG},
    "members": {
        "user": _NEEDED_REF, "guild": _REF, "roles": _REFS, "nick": Field("string", high=32), "remove": _FLAG,
    },
    "permissions": {
        "channel": _NEEDED_REF, "target": _REF, "allow": _REFS, "deny": _REFS, "remove": _FLAG,
    },
    "installs": {"user": _NEEDED_REF, "application": _REF, "remove": _FLAG},
    "locales": {"name": _NEEDED_REF, "locale": Field("string", required=True, choices=LOCALES)},
    "applications": {
        "application": _REF, "redirect_uris": Field("list", high=10, items="string"),
        "privileged_intents": Field("list", items=Field("string", choices=tuple(BY_NAME))),
    },
}  # fmt: skip
_LOOKS = {"avatar_decoration_data", "collectibles", "primary_guild"}
_PERMISSION_LISTS = {"roles": ("permissions",), "permissions": ("allow", "deny")}


def entries_of(name: str, given: object) -> list[Json]:
    """Return the checked entries of a list; a bare string stands for a name, an object of locales for its pairs."""
    if name == "locales" and isinstance(given, dict):
        given = [{"name": key, "locale": value} for key, value in given.items()]
    if not isinstance(given, list):
        raise PlayError("bad_field", f"{name} must be a list", 400)
    entries = [{"name": one} if isinstance(one, str) else one for one in given]
    problems = Problems()
    for index, entry in enumerate(entries):
        if check_fields(entry, FIELDS[name], (name, index), problems):
            _check_names(name, index, entry, problems)
    if problems.found:
        worst = problems.found[0]
        raise PlayError("bad_field", f"{'.'.join(map(str, worst.path))}: {worst.message}", 400)
    return entries


def _check_names(name: str, index: int, entry: Json, problems: Problems) -> None:
    """Note fields and permissions that do not exist."""
    for unknown in (entry.get("looks") or {}).keys() - _LOOKS:
        problems.add((name, index, "looks", unknown), "UNKNOWN", f"looks are {', '.join(sorted(_LOOKS))}")
    for unknown in entry.keys() - FIELDS[name].keys():
        problems.add(
            (name, index, unknown), "UNKNOWN", f"there is no such field; {', '.join(FIELDS[name])} are"
        )
    for field in _PERMISSION_LISTS.get(name, ()):
        for at, permission in enumerate(entry.get(field) or ()):
            if permission not in BITS:
                problems.add((name, index, field, at), "UNKNOWN", f"there is no permission {permission}")
