"""What people read about keys. Pure; a key itself is in none of it, only its last four characters."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from cogs._text import code, dollars, escape
from db.provider_keys import KeyEntry
from services.keys import KeyTest, Verdict
from services.model_choice import ModelChoice
from services.models import Payer

_WHOSE: Final[Mapping[Payer, str]] = MappingProxyType({Payer.USER: "your", Payer.SERVER: "this server's"})
_PAYS_FOR: Final[Mapping[Payer, str]] = MappingProxyType(
    {
        Payer.USER: "It pays for every picture that you ask for with a model of {title}, wherever you ask.",
        Payer.SERVER: "It pays for every picture that somebody asks for in this server with a model of {title}, unless "
        "they have a key of their own.",
    }
)
_VERDICTS: Final[Mapping[Verdict, str]] = MappingProxyType(
    {
        Verdict.GOOD: "{title} takes the key.",
        Verdict.EMPTY: "{title} takes the key, but says that no money is left on its account.",
        Verdict.REFUSED: "{title} refuses the key. Add a new one with `/keys add`.",
        Verdict.UNTESTED: "I could not test the key: {title} gave no clear answer just now. `/keys test` tries again.",
    }
)


def key_name(entry: KeyEntry, title: str) -> str:
    """Return how a key is called: "your fal key ending in `4f2a`"."""
    return f"{_WHOSE[entry.owner]} {escape(title)} key ending in {code(entry.last_four)}"


def added_text(test: KeyTest, title: str, default: ModelChoice) -> str:
    """Return what a new key changes: whose pictures it pays, and what paints from now on."""
    lines = [
        f"Kept, encrypted: {key_name(test.entry, title)}. {verdict_text(test, title)}",
        _PAYS_FOR[test.entry.owner].format(title=escape(title)),
        default_text(default),
        "`/keys remove` takes it away again.",
    ]
    return "\n".join(lines)


def removed_text(entry: KeyEntry, title: str, default: ModelChoice) -> str:
    """Return what the removal of a key changes."""
    lines = [
        f"Removed: {key_name(entry, title)}. It still pays for what it has begun to pay for, and for nothing new.",
        default_text(default),
        f"If it may have become known to others, revoke it at {escape(title)} as well.",
    ]
    return "\n".join(lines)


def verdict_text(test: KeyTest, title: str) -> str:
    """Return what the provider said of a key."""
    verdict = _VERDICTS[test.verdict].format(title=escape(title))
    return verdict if test.balance is None else f"{verdict} Left on its account: {escape(test.balance)}."


def default_text(default: ModelChoice) -> str:
    """Return what paints for the person here when nobody names a model, and what that costs."""
    price = dollars(default.price_micro_usd)
    return f"When you name no model here, **{escape(default.model.title)}** paints: {price} a picture."


def list_text(own: Sequence[str], servers: Sequence[str] | None) -> str:
    """Return the list of keys, each by its name; `servers` is None for those who may not manage the server's."""
    lines = ["### Keys", *(own or ["You have no key of your own. `/keys add` brings one."])]
    if servers is not None:
        lines += servers or ["This server has no key."]
    return "\n".join(lines)
