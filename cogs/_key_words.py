"""What people read about keys. Pure; a key itself is in none of it, only its last four characters."""

from collections.abc import Sequence

from cogs._text import code, dollars, escape
from db.people.provider_keys import KeyEntry
from services.keys import KeyTest
from services.languages import ENGLISH, say
from services.model_choice import ModelChoice


def key_name(entry: KeyEntry, title: str, language: str = ENGLISH) -> str:
    """Return how a key is called: "your fal key ending in `4f2a`"."""
    last_four = code(entry.last_four)
    return say(language, f"keys.name_{entry.owner}", title=escape(title), last_four=last_four)


def added_text(test: KeyTest, title: str, default: ModelChoice, language: str = ENGLISH) -> str:
    """Return what a new key changes: whose pictures it pays, and what paints from now on."""
    key, verdict = key_name(test.entry, title, language), verdict_text(test, title, language)
    lines = [
        say(language, "keys.kept", key=key, verdict=verdict),
        say(language, f"keys.pays_for_{test.entry.owner}", title=escape(title)),
        default_text(default, language),
        say(language, "keys.take_away"),
    ]
    return "\n".join(lines)


def removed_text(entry: KeyEntry, title: str, default: ModelChoice, language: str = ENGLISH) -> str:
    """Return what the removal of a key changes."""
    lines = [
        say(language, "keys.removed", key=key_name(entry, title, language)),
        default_text(default, language),
        say(language, "keys.revoke", title=escape(title)),
    ]
    return "\n".join(lines)


def about_text(test: KeyTest, title: str, language: str = ENGLISH) -> str:
    """Return what a test of a key found."""
    key, verdict = key_name(test.entry, title, language), verdict_text(test, title, language)
    return say(language, "keys.about", key=key, verdict=verdict)


def verdict_text(test: KeyTest, title: str, language: str = ENGLISH) -> str:
    """Return what the provider said of a key."""
    verdict = say(language, f"keys.verdict_{test.verdict.name.lower()}", title=escape(title))
    return verdict if test.balance is None else f"{verdict} {_balance_text(test.balance, language)}"


def _balance_text(balance: str, language: str) -> str:
    return say(language, "keys.balance", balance=escape(balance))


def default_text(default: ModelChoice, language: str = ENGLISH) -> str:
    """Return what paints for the person here when nobody names a model, and what that costs."""
    price = dollars(default.price_micro_usd, language)
    return say(language, "keys.default", model=escape(default.model.title), price=price)


def list_text(own: Sequence[str], servers: Sequence[str] | None, language: str = ENGLISH) -> str:
    """Return the list of keys, each by its name; `servers` is None for those who may not manage the server's."""
    lines = [f"### {say(language, 'keys.title')}", *(own or [say(language, "keys.none")])]
    if servers is not None:
        lines += servers or [say(language, "keys.none_of_server")]
    return "\n".join(lines)
