"""Fills in a message's components as Discord sends them back: ids, defaults, media addresses."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playground.discord.errors import Json
from playground.discord.files import StoredFile
from playground.discord.rules import component_kinds as kinds
from playground.discord.rules.components import ATTACHMENT_SCHEME

if TYPE_CHECKING:
    from playground.discord.local import LocalDiscord

# what Discord fills in where a component leaves a field out
DEFAULTS: dict[int, Json] = {
    kinds.SELECT: {"min_values": 1, "max_values": 1},
    kinds.USER_SELECT: {"min_values": 1, "max_values": 1},
    kinds.ROLE_SELECT: {"min_values": 1, "max_values": 1},
    kinds.MENTIONABLE_SELECT: {"min_values": 1, "max_values": 1},
    kinds.CHANNEL_SELECT: {"min_values": 1, "max_values": 1},
    kinds.THUMBNAIL: {"description": None, "spoiler": False},
    kinds.SEPARATOR: {"divider": True, "spacing": 1},
    kinds.FILE: {"spoiler": False},
    kinds.CONTAINER: {"accent_color": None, "spoiler": False},
}


def addresses_of(local: "LocalDiscord", files: Iterable[StoredFile]) -> dict[str, Json]:
    """Return attachments by what may refer to them: the file name, and the path of the address."""
    found: dict[str, Json] = {}
    for stored in files:
        shown = local.files.attachment_object(stored)
        found[stored.filename] = found[stored.path] = shown
    return found


def all_text(components: list[Json]) -> str:
    """Return what all text displays of a tree say, a line each."""
    found = []
    for component in components:
        if component["type"] == kinds.TEXT:
            found.append("\n" + component["content"])
        found.append(all_text(component.get("components") or []))
    return "".join(found)


def _referred(url: str) -> str:
    """Return the file name of an attachment:// address, the path of any other: the port may change at a restart."""
    if url.startswith(ATTACHMENT_SCHEME):
        return url.removeprefix(ATTACHMENT_SCHEME)
    return urlsplit(url).path


def media_item(media: Json, addresses: Mapping[str, Json]) -> Json:
    """Return an unfurled media item; unknown addresses are shown as given and never fetched."""
    url = str(media.get("url") or "")
    stored = addresses.get(_referred(url))
    if stored is None:
        return {"id": "0", "proxy_url": url, "width": None, "height": None} | media
    return {
        "id": stored["id"],
        "url": stored["url"],
        "proxy_url": stored["proxy_url"],
        "width": stored.get("width"),
        "height": stored.get("height"),
        "content_type": stored["content_type"],
        "flags": 0,
        "loading_state": 2,
        "attachment_id": stored["id"],
    }


def attachments_in(shown: object) -> set[str]:
    """Return the ids of the attachments that a tree of components or embeds shows."""
    if isinstance(shown, list):
        return set().union(*map(attachments_in, shown))
    if not isinstance(shown, dict):
        return set()
    own = {shown["attachment_id"]} if "attachment_id" in shown else set()
    return own.union(*map(attachments_in, shown.values()))


def filled_components(components: list[Json], addresses: Mapping[str, Json]) -> list[Json]:
    """Return the tree with ids, defaults and media as Discord sends it back."""
    components = _without_nulls(components)
    taken = set(_given_ids(components))
    free = (number for number in range(1, 1 << 20) if number not in taken)
    return [_filled(component, free.__next__, addresses) for component in components]


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a tree without its nulls: Discord leaves out what a component does not have, an emoji's id for one."""
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return value


def _given_ids(components: list[Json]) -> list[int]:
    found = []
    for component in components:
        found.append(component.get("id") or 0)
        found += _given_ids(component.get("components") or [])
        found += _given_ids([component[key] for key in ("accessory", "component") if key in component])
    return found


def _filled(component: Json, next_id: Callable[[], int], addresses: Mapping[str, Json]) -> Json:
    number = component.get("id") or next_id()
    shown = {"id": number} | DEFAULTS.get(component["type"], {}) | component | {"id": number}
    if "components" in component:
        shown["components"] = [_filled(one, next_id, addresses) for one in component["components"]]
    for key in ("accessory", "component"):
        if key in component:
            shown[key] = _filled(component[key], next_id, addresses)
    if "media" in component:
        shown["media"] = media_item(component["media"], addresses)
    if "items" in component:
        shown["items"] = [
            {"description": None, "spoiler": False} | item | {"media": media_item(item["media"], addresses)}
            for item in component["items"]
        ]
    if component["type"] == kinds.FILE:
        shown["file"] = media_item(component["file"], addresses)
        stored = addresses.get(_referred(component["file"]["url"]))
        shown |= {"name": stored["filename"], "size": stored["size"]} if stored else {"name": "", "size": 0}
    return shown
