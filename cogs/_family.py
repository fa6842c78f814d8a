"""Where a picture comes from and what was made of it: the message of `/show lineage` and of "Family"."""

from collections.abc import Iterator
from typing import Any, Final

from discord import MediaGalleryItem, SelectOption, ui

from cogs._attachments import discord_files, thumbnails_file
from cogs._caller import viewer_of
from cogs._edge import BotInteraction
from cogs._ids import Verb, pick_id
from cogs._language import language_of
from cogs._layout import ACCENT, finished, select_row
from cogs._picture_words import difference_name, difference_values
from cogs._present import Attachment
from cogs._replies import acknowledge, show_answer
from cogs._text import clip, clip_lines, code, escape, plain
from db.pictures.lineage import DEEPEST, MOST_CHILDREN
from services import lineage
from services.languages import say
from services.lineage import Family, Member
from services.models import Visibility
from services.recipes import Difference
from services.showing import ShownBy, find_shown

_MOST_TEXT: Final = 3600
_MOST_CHANGES: Final = 3
_LONGEST_VALUE: Final = 40
_LONGEST_LINE: Final = 150
_UNTOLD: Final = frozenset({"Feature file", "Model version"})
"""What changes by itself, by its name in `services/recipes.py`, and is told only where nothing else changed."""


async def show_family_of(interaction: BotInteraction, asked: ShownBy) -> None:
    """Acknowledge, find a picture, and show its family to the person alone; of several pictures the first one's."""
    await acknowledge(interaction, Visibility.PRIVATE)
    context, viewer = interaction.client.context, viewer_of(interaction)
    async with interaction.client.gate.work():
        first, *_ = await find_shown(context, viewer, asked)
        found = await lineage.family_of_job(context, viewer, first.job_id)
    await show_family(interaction, found, language_of(interaction))


async def show_family(interaction: BotInteraction, family: Family, language: str) -> None:
    """Show a family to an acknowledged interaction, privately: everybody may see other members of it."""
    async with interaction.client.gate.work():
        pictures = [member.picture for member in family.members]
        labels = [_label(member, family) for member in family.members]
        sheet = await thumbnails_file(
            interaction.client.context, pictures, labels, interaction.filesize_limit
        )
    view = family_view(family, sheet, language)
    await show_answer(interaction, Visibility.PRIVATE, view, [] if sheet is None else discord_files([sheet]))


def family_view(family: Family, sheet: Attachment | None, language: str) -> ui.LayoutView:
    """Return the message: the sheet of thumbnails, a line a picture, and a select that opens one. Pure."""
    itself = family.member.picture.code
    heading = (
        f"### {say(language, 'lineage.title', code=code(itself))}\n-# 🔒 {say(language, 'answers.only_you')}"
    )
    items: list[ui.Item[Any]] = [ui.TextDisplay(heading)]
    if sheet is not None:
        items.append(
            ui.MediaGallery(MediaGalleryItem(f"attachment://{sheet.filename}", description=sheet.alt[:1024]))
        )
    items.append(ui.TextDisplay(clip_lines(_lines(family, language), _MOST_TEXT, language)))
    others = [_option(member, language) for member in family.members if member.picture.code != itself]
    if others:
        choose = say(language, "lineage.choose")
        items.append(select_row(pick_id(Verb.MORE, Visibility.PRIVATE), choose, others))
    container: ui.Container[Any] = ui.Container(*items, accent_colour=ACCENT)
    return finished(container)


def _lines(family: Family, language: str) -> Iterator[str]:
    if family.ancestors:
        yield f"**{say(language, 'lineage.before')}**"
        if family.earlier:
            yield f"-# {say(language, 'lineage.earlier', count=family.earlier)}"
        yield from (_line(member, language) for member in family.ancestors)
    yield f"**{say(language, 'lineage.itself')}**"
    yield _line(family.member, language)
    if family.lost:
        name = "lineage.lost" if family.ancestors else "lineage.lost_parent"
        yield f"-# {say(language, name, code=code(family.lost))}"
    yield from _lines_after(family, language)


def _lines_after(family: Family, language: str) -> Iterator[str]:
    if family.children:
        yield f"**{say(language, 'lineage.after')}**"
        yield from (_line(member, language) for member in family.children)
    elif not family.hidden:
        yield f"-# {say(language, 'lineage.no_children')}"
    if family.more_children:
        yield f"-# {say(language, 'lineage.more_children', count=family.more_children)}"
    if family.hidden:
        yield f"-# {say(language, 'lineage.hidden', count=family.hidden)}"
    if family.is_cut:
        yield f"-# {say(language, 'lineage.cut', ancestors=DEEPEST, children=MOST_CHILDREN)}"


def _line(member: Member, language: str) -> str:
    return f"- {code(member.picture.code)} · {escape(changes_text(member, language), _LONGEST_LINE)}"


def changes_text(member: Member, language: str) -> str:
    """Return in a few words what a step changed; not escaped."""
    if member.changes is None:
        is_first = member.picture.recipe.parent is None
        return say(language, "lineage.first" if is_first else "lineage.unknown_step")
    told = [each for each in member.changes if each.name not in _UNTOLD] or list(member.changes)
    if not told:
        return say(language, "lineage.same")
    words = [_change(each, language) for each in told[:_MOST_CHANGES]]
    if len(told) > _MOST_CHANGES:
        words.append(say(language, "lineage.more_changes", count=len(told) - _MOST_CHANGES))
    return ", ".join(words)


def _change(change: Difference, language: str) -> str:
    left, right = (plain(value, _LONGEST_VALUE) for value in difference_values(change, language))
    name = difference_name(change, language)
    return say(language, "lineage.changed", name=name, left=left, right=right)


def _label(member: Member, family: Family) -> str:
    """Return the code under a thumbnail; the one that was asked about stands between stars."""
    own = member.picture.code
    return f"* {own} *" if own == family.member.picture.code else own


def _option(member: Member, language: str) -> SelectOption:
    return SelectOption(
        label=member.picture.code,
        value=str(member.picture.job_id),
        description=clip(plain(changes_text(member, language), 100), 100),
    )
