"""The persistent items: one class a noun of the id grammar in `cogs/_ids.py`, registered once in `setup_hook`.

    JobButton      v1:job:<verb>:<job id>      does the verb
    JobsButton     v1:jobs:<verb>:<job id>     asks which of several pictures is meant
    PickSelect     v1:pick:<verb>:<visibility> does the verb for the picture that was chosen
    OnButton       v1:on:<job id>:<model id>   paints on another model what came to nothing
    UpButton       v1:up:<job id>:<model id>   makes a picture larger
    DraftItem      v1:draft:...                does what `cogs/_draft_actions.py` says, to a draft
    ListButton     v1:list:...                 turns the page of a list (`cogs/_lists.py`)
    CharacterItem  v1:character:...            does what `cogs/_character_actions.py` says, to a character
    AddKeyButton   v1:addkey:<provider>        asks for a key, where no draft waits for it
    NameButton     v1:name:<user>:<job>        opens the form of a new character for whoever reacted with ❤️
    OutOfDateItem  anything else               says that the button is out of date

discord.py rebuilds them for every press, from the id alone. It only logs what their callbacks raise, so the base class
brings every exception to `report`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

from discord import Interaction, ui

from cogs._actions import ACTIONS, ask_which
from cogs._caller import visibility_beside
from cogs._character_actions import CHARACTER_ACTIONS
from cogs._character_ids import CHARACTER_TEMPLATE, NAME_TEMPLATE, parse_character_id, parse_name_id
from cogs._draft_actions import DRAFT_ACTIONS, paint_on
from cogs._draft_ids import ADD_KEY_TEMPLATE, DRAFT_TEMPLATE, DraftVerb, parse_add_key_id, parse_draft_id
from cogs._edge import BotInteraction, data_of
from cogs._ids import (
    JOB_TEMPLATE,
    JOBS_TEMPLATE,
    ON_TEMPLATE,
    PICK_TEMPLATE,
    UNKNOWN_TEMPLATE,
    UP_TEMPLATE,
    ItemId,
    Verb,
    parse_id,
    parse_job_id,
    parse_on_id,
)
from cogs._key_forms import ask_for_key
from cogs._list_ids import LIST_TEMPLATE
from cogs._lists import turn_page
from cogs._more_actions import upscale
from cogs._picture_openings import open_naming
from cogs._press import Press
from cogs._reports import report
from services.errors import BugError, NotAllowedError, UserError
from services.models import Payer, Visibility

_NOTHING: Final = r"(?!)"


class PersistentItem(ui.DynamicItem[ui.Item[Any]], template=_NOTHING):
    """A button or select that is known by its id; subclasses say in `act` what a press does."""

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction[Any], item: ui.Item[Any], _match: re.Match[str], /
    ) -> Self:
        """Return the item for one press; nothing is loaded here, because nothing is acknowledged yet."""
        return cls(item)

    async def callback(self, interaction: Interaction[Any]) -> None:
        """Act, and bring every error to the person."""
        try:
            if self.paints():
                self._check_double_click(interaction)
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 - discord.py would only log it; `report` logs and answers
            await report(interaction, error)

    async def act(self, interaction: BotInteraction, /) -> None:
        """Do what the id says."""
        raise NotImplementedError

    def paints(self) -> bool:
        """Tell whether a press makes a picture, which may cost something."""
        return False

    def _check_double_click(self, interaction: BotInteraction) -> None:
        """Raise UserError("pressed_twice") for the second press of a double click."""
        message_id = 0 if interaction.message is None else interaction.message.id
        # What was chosen belongs to it: two pictures of one select are two wishes.
        wish = " ".join([self.custom_id, *_chosen(interaction)])
        if interaction.client.double_clicks.is_repeated((interaction.user.id, message_id, wish)):
            raise UserError("pressed_twice", self.custom_id)

    def read_id(self) -> ItemId:
        """Return what the id says."""
        return parse_id(self.custom_id)


_PAINTING: Final = frozenset({Verb.SAME, Verb.NEW, Verb.PAIR, Verb.VARY_SUBTLE, Verb.VARY_STRONG, Verb.MODEL})
_PAINTING_DRAFTS: Final = frozenset({DraftVerb.PAINT, DraftVerb.ON})


class JobButton(PersistentItem, template=JOB_TEMPLATE):
    """A button or select about one job."""

    def paints(self) -> bool:
        """Tell whether its verb makes a picture at once."""
        return self.read_id().verb in _PAINTING

    async def act(self, interaction: BotInteraction, /) -> None:
        """Do the verb."""
        item_id = self.read_id()
        await ACTIONS[item_id.verb](_press(interaction, item_id.job_id, _chosen(interaction)))


class JobsButton(PersistentItem, template=JOBS_TEMPLATE):
    """A button under several pictures."""

    async def act(self, interaction: BotInteraction, /) -> None:
        """Ask which picture is meant."""
        item_id = self.read_id()
        await ask_which(_press(interaction, item_id.job_id), item_id.verb)


class PickSelect(PersistentItem, template=PICK_TEMPLATE):
    """The select that asks which picture is meant."""

    def paints(self) -> bool:
        """Tell whether its verb makes a picture at once."""
        return self.read_id().verb in _PAINTING

    async def act(self, interaction: BotInteraction, /) -> None:
        """Do the verb for the chosen picture."""
        item_id, chosen = self.read_id(), _chosen(interaction)
        if len(chosen) != 1:
            raise UserError("several_at_once", f"{chosen!r}"[:100])
        visibility = item_id.visibility or Visibility.PRIVATE
        await ACTIONS[item_id.verb](Press(interaction, parse_job_id(chosen[0]), visibility))


class OnButton(PersistentItem, template=ON_TEMPLATE):
    """A button that paints a job's recipe on another model, or once more."""

    def paints(self) -> bool:
        """Tell that it always does."""
        return True

    async def act(self, interaction: BotInteraction, /) -> None:
        """Paint it there."""
        await paint_on(interaction, self.custom_id)


class UpButton(PersistentItem, template=UP_TEMPLATE):
    """A button that makes a picture larger."""

    def paints(self) -> bool:
        """Tell that it always does."""
        return True

    async def act(self, interaction: BotInteraction, /) -> None:
        """Make it larger."""
        job_id, model = parse_on_id(self.custom_id)
        await upscale(_press(interaction, job_id, [model]))


class DraftItem(PersistentItem, template=DRAFT_TEMPLATE):
    """A button or select about a draft."""

    def paints(self) -> bool:
        """Tell whether its verb paints the draft."""
        return parse_draft_id(self.custom_id).verb in _PAINTING_DRAFTS

    async def act(self, interaction: BotInteraction, /) -> None:
        """Do the verb."""
        about = parse_draft_id(self.custom_id)
        await DRAFT_ACTIONS[about.verb](interaction, about)


class ListButton(PersistentItem, template=LIST_TEMPLATE):
    """A button under a list of pictures."""

    async def act(self, interaction: BotInteraction, /) -> None:
        """Turn the page."""
        await turn_page(interaction, self.custom_id)


class CharacterItem(PersistentItem, template=CHARACTER_TEMPLATE):
    """A button about a character."""

    async def act(self, interaction: BotInteraction, /) -> None:
        """Do the verb."""
        about = parse_character_id(self.custom_id)
        await CHARACTER_ACTIONS[about.verb](interaction, about)


class AddKeyButton(PersistentItem, template=ADD_KEY_TEMPLATE):
    """The button that asks for the person's own key, where nothing waits to be painted with it."""

    async def act(self, interaction: BotInteraction, /) -> None:
        """Open the form of `/keys add`."""
        await ask_for_key(interaction, parse_add_key_id(self.custom_id), Payer.USER)


class NameButton(PersistentItem, template=NAME_TEMPLATE):
    """The button that ❤️ offers to one person."""

    async def act(self, interaction: BotInteraction, /) -> None:
        """Open the form for that person; nobody else has asked."""
        user_id, job_id = parse_name_id(self.custom_id)
        if interaction.user.id != user_id:
            raise NotAllowedError("not_your_button", f"the button of user {user_id}")
        await open_naming(interaction, job_id)


class OutOfDateItem(PersistentItem, template=UNKNOWN_TEMPLATE):
    """Whatever an older or a foreign version of the bot has left in a message."""

    async def act(self, _interaction: BotInteraction, /) -> None:
        """Say that the button is out of date."""
        raise UserError("out_of_date", f"unknown custom id {self.custom_id[:100]!r}")


def _chosen(interaction: BotInteraction) -> list[str]:
    """Return what was chosen in a select, nothing for a button."""
    values = data_of(interaction).get("values")
    return [str(value) for value in values] if isinstance(values, list) else []


def _press(interaction: BotInteraction, job_id: int | None, chosen: Sequence[str] = ()) -> Press:
    """Return a press about `job_id`, which its template guarantees, with what was chosen in a select."""
    if job_id is None:
        raise BugError("bad_custom_id", "a button's id without a job")
    return Press(interaction, job_id, visibility_beside(interaction), tuple(chosen))


ITEMS: Final = (
    JobButton,
    JobsButton,
    PickSelect,
    OnButton,
    UpButton,
    DraftItem,
    AddKeyButton,
    ListButton,
    CharacterItem,
    NameButton,
    OutOfDateItem,
)
"""Every class to register."""
