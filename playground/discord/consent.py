"""The HTML of OAuth2's consent page; every text is escaped, and there is no script."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from playground.discord.oauth import SCOPES
from playground.discord.world import Guild, User

TEMPLATE = Template(Path(__file__).with_name("page").joinpath("consent.html").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor chooses from; `guilds` is None where no server is asked for."""

    form_token: str
    people: Sequence[User]
    chosen: str
    guilds: Sequence[Guild] | None
    guild_id: str


def plain_page(title: str, sentence: str) -> str:
    """Return a page that only says something."""
    return TEMPLATE.substitute(title=escape(title), content=f"    <p>{escape(sentence)}</p>")


def consent_page(
    application: str, scopes: Sequence[str], permissions: Sequence[str], host: str, choice: Choice
) -> str:
    """Return the page; `host` is where the visitor goes from here, "" for nowhere."""
    rules = [*(SCOPES[one] for one in scopes), *(_words(one) for one in permissions)]
    wishes = "".join(f"<li>{escape(one)}</li>" for one in rules)
    people = "".join(_person(one, is_chosen=one.id == choice.chosen) for one in choice.people)
    onward = f"<p class='small'>Afterwards you go to <strong>{escape(host)}</strong>.</p>" if host else ""
    content = f"""
    <form method="post" class="group">
      <input type="hidden" name="token" value="{escape(choice.form_token)}">
      <div><p class="label">This allows {escape(application)} to</p><ul class="scopes">{wishes}</ul></div>
      <fieldset><legend>You are</legend><div class="people">{people}</div></fieldset>
      {_guilds(choice)}
      <div class="decision">
        <button class="yes" name="decision" value="authorise">Authorise</button>
        <button name="decision" value="cancel" formnovalidate>Cancel</button>
      </div>
      {onward}
    </form>"""
    return TEMPLATE.substitute(title=escape(f"{application} wants access"), content=content)


def _words(permission: str) -> str:
    return permission.replace("_", " ").capitalize()


def _person(user: User, *, is_chosen: bool) -> str:
    checked = " checked" if is_chosen else ""
    name = escape(user.global_name or user.name)
    return (
        f'<label class="person"><input type="radio" name="user" value="{user.id}"{checked}>'
        f'<span>{name} <span class="small">{escape(user.name)}</span></span></label>'
    )


def _guilds(choice: Choice) -> str:
    """Return the select of servers; the one that the request names comes chosen."""
    if choice.guilds is None:
        return ""
    options = "".join(
        f'<option value="{one.id}"{" selected" if one.id == choice.guild_id else ""}>{escape(one.name)}</option>'
        for one in choice.guilds
    )
    return (
        '<label><span class="label">Add to the server (you need "Manage Server" there)</span>'
        f'<select name="guild_id" required>{options}</select></label>'
    )
