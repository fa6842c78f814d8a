"""Building blocks of every message: a finished layout, a row of buttons, plain text."""

from collections.abc import Iterable
from typing import Any, Final

from discord import ButtonStyle, Colour, SelectOption, ui

ACCENT: Final = Colour(0xB5651D)
"""Burnt sienna, the stripe beside every result."""

MOST_TEXT: Final = 4000
"""Characters in all texts of one message. Source: Discord, Components V2."""


def finished(*items: ui.Item[Any]) -> ui.LayoutView:
    """Return a new view of `items` that discord.py sends and then forgets.

    A view that is stopped before it is sent never enters the library's store of views: nothing to keep in memory, and
    nothing whose end could unregister the item classes that answer its buttons (`cogs/_items.py`).
    """
    view = ui.LayoutView(timeout=None)
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def text_view(text: str, *, rows: Iterable[ui.ActionRow[Any]] = ()) -> ui.LayoutView:
    """Return a view of one text, which is already escaped and short enough."""
    return finished(ui.TextDisplay(text), *rows)


def button(
    label: str, custom_id: str, *, emoji: str | None = None, style: ButtonStyle = ButtonStyle.secondary
) -> ui.Button[Any]:
    """Return a button; a press reaches the class in `cogs/_items.py` that owns `custom_id`."""
    return ui.Button(label=label, custom_id=custom_id, emoji=emoji, style=style)


def row(*buttons: ui.Button[Any]) -> ui.ActionRow[Any]:
    """Return a row of up to five buttons."""
    return ui.ActionRow(*buttons)


def select_row(custom_id: str, placeholder: str, options: Iterable[SelectOption]) -> ui.ActionRow[Any]:
    """Return a row with one select of up to 25 options."""
    select: ui.Select[Any] = ui.Select(
        custom_id=custom_id, placeholder=placeholder, options=list(options)[:25]
    )
    return ui.ActionRow(select)
