"""What `/settings` says."""

from collections.abc import Iterator, Mapping

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines, code, escape
from services.languages import LANGUAGES, say
from services.own_settings import OwnSettings
from services.providers.catalog import Catalog
from services.sayings import said
from services.server_rules import ServerRules
from services.server_settings import ServerSettings


def own_text(language: str, view: OwnSettings) -> str:
    """Return what holds for one person where they ask, and why."""
    title = say(language, "settings.own_kept" if view.was_changed else "settings.own_title")
    lines = [title, *_own_model(language, view), _own_privacy(language, view)]
    messages = "messages_yes" if view.row.allows_direct_messages else "messages_no"
    lines += [say(language, f"settings.{messages}"), _own_language(language, view)]
    return clip_lines([*lines, *_own_rules(language, view.server.rules)], MOST_TEXT, language)


def server_text(language: str, catalog: Catalog, view: ServerSettings) -> str:
    """Return what a server has set."""
    row = view.row
    title = say(language, "settings.server_kept" if view.was_changed else "settings.server_title")
    private = "private_in_server" if row.is_private else "private_not_in_server"
    chosen = LANGUAGES.get(row.language or "")
    lines = [
        title,
        _server_model(language, catalog, row.model),
        _allowed(language, catalog, row.rules),
        _caps(language, row.rules.caps),
        say(language, f"settings.{private}"),
        say(language, "settings.language_server", language=chosen)
        if chosen
        else say(language, "settings.language_open"),
        say(language, "settings.budgets_some", count=len(view.budgets))
        if view.budgets
        else say(language, "settings.budgets_none"),
        say(language, "settings.rules_hold"),
    ]
    return clip_lines(lines, MOST_TEXT, language)


def _own_model(language: str, view: OwnSettings) -> Iterator[str]:
    default = view.default
    model = f"**{escape(default.model.title)}** {code(default.model.id)}"
    yield say(language, "settings.model", model=model, why=say(language, f"settings.why_{default.source}"))
    for passed in default.passed_over:
        yield say(language, "settings.passed_over_line", reason=escape(said(language, passed.reason), 200))


def _own_privacy(language: str, view: OwnSettings) -> str:
    if view.row.is_private:
        return say(language, "settings.private_person")
    return say(language, "settings.private_server" if view.server.is_private else "settings.private_nobody")


def _own_language(language: str, view: OwnSettings) -> str:
    chosen = {"person": view.row.language, "server": view.server.language}
    why = next((who for who, each in chosen.items() if each in LANGUAGES), "discord")
    reason = say(language, f"settings.language_why_{why}")
    return say(language, "settings.language", language=LANGUAGES[language], why=reason)


def _own_rules(language: str, rules: ServerRules) -> Iterator[str]:
    """Yield what of the server's rules concerns a member, in one line."""
    found = [say(language, "settings.own_rules_allowed")] if rules.allowed is not None else []
    found += _cap_words(language, rules.caps)
    if found:
        yield say(language, "settings.own_rules", rules="; ".join(found))


def _server_model(language: str, catalog: Catalog, model_id: str | None) -> str:
    if model_id is None:
        return say(language, "settings.model_open")
    model = catalog.by_id.get(model_id.lower())
    if model is None:
        return say(language, "settings.model_server", model=_gone(language, model_id))
    return say(language, "settings.model_server", model=f"**{escape(model.title)}** {code(model.id)}")


def _gone(language: str, model_id: str) -> str:
    return say(language, "settings.model_gone", model=code(model_id))


def _allowed(language: str, catalog: Catalog, rules: ServerRules) -> str:
    if rules.allowed is None:
        return say(language, "settings.allowed_all")
    names = ", ".join(_allowed_name(catalog, each) for each in sorted(rules.allowed))
    return say(language, "settings.allowed_some", names=names)


def _allowed_name(catalog: Catalog, name: str) -> str:
    service = catalog.providers.get(name)
    return code(name) if service is None else f"**{escape(service.title)}**"


def _caps(language: str, caps: Mapping[str, str]) -> str:
    words = _cap_words(language, caps)
    if not words:
        return say(language, "settings.caps_none")
    return say(language, "settings.caps_some", caps="; ".join(words))


def _cap_words(language: str, caps: Mapping[str, str]) -> list[str]:
    return [say(language, f"settings.cap_{name}", value=value) for name, value in sorted(caps.items())]
