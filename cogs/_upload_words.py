"""What is said of the pictures that a person has brought."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from cogs._layout import MOST_TEXT
from cogs._text import clip_lines, code, escape
from services.languages import say
from services.own_uploads import ForgottenUploads, OwnUpload, UploadPage

_MOST_LISTED: Final = MOST_TEXT - 700
_MOST_NAMES: Final = 5
_LONGEST_NAME: Final = 40
_MOST_CODES: Final = 10


def list_text(page: UploadPage, language: str) -> str:
    """Return a page of the list: a line a picture, with what needs it."""
    if not page.total:
        return say(language, "uploads.none")
    head = say(language, "uploads.head", count=page.total, weight=_kilobytes(page.total_bytes))
    lines = [f"- **{each.number}** · {' · '.join(_facts(each, language))}" for each in page.items]
    feet = [say(language, "uploads.foot")]
    if page.pages > 1:
        following = page.page % page.pages + 1
        feet = [
            say(language, "uploads.page", page=page.page, pages=page.pages, next=following),
            *feet,
        ]
    return "\n".join([head, clip_lines(lines, _MOST_LISTED, language), *(f"-# {each}" for each in feet)])


def shown_text(upload: OwnUpload, language: str, *, is_lost: bool) -> str:
    """Return what stands above one picture: what needs it, by name and code."""
    title = say(language, "uploads.shown_title", number=upload.number)
    lines = [f"{title} · {_size(upload, language)}", *_needs(upload, language)]
    if is_lost:
        lines.append(say(language, "uploads.lost"))
    return "\n".join([*lines, f"-# {say(language, 'uploads.shown_foot')}"])


def forgotten_text(forgotten: ForgottenUploads, language: str) -> str:
    """Return what became of pictures that were to be forgotten, and what that means for others."""
    if not forgotten.count and not forgotten.kept:
        return say(language, "uploads.none")
    return "\n".join(_forgotten_lines(forgotten, language))


def _forgotten_lines(forgotten: ForgottenUploads, language: str) -> Iterator[str]:
    if forgotten.count:
        said = say(language, "uploads.forgotten", count=forgotten.count)
        # Whether the very same file stays for somebody else is not said: it would tell what others have.
        gone = say(language, "uploads.files_gone", count=forgotten.count)
        files = gone if forgotten.are_files_gone else say(language, "uploads.files_later")
        yield f"{said} {files}"
    if forgotten.taken_from:
        yield say(language, "uploads.taken_from", names=_names(forgotten.taken_from))
    if forgotten.open_jobs:
        yield say(language, "uploads.not_sent", count=forgotten.open_jobs)
    if forgotten.kept:
        names = _names(forgotten.kept_by)
        yield say(language, "uploads.kept", count=forgotten.kept, names=names)
    if forgotten.count:
        yield f"-# {say(language, 'uploads.elsewhere')}"


def _facts(upload: OwnUpload, language: str) -> Iterator[str]:
    yield _size(upload, language)
    if upload.names:
        yield say(language, "uploads.of_characters", names=_names(upload.names))
    if upload.recipes:
        yield say(language, "uploads.recipes", count=len(upload.recipes))
    yield from _beside_recipes(upload, language)


def _size(upload: OwnUpload, language: str) -> str:
    known = upload.brought.upload
    return say(
        language,
        "uploads.facts",
        size=f"{known.width} x {known.height}",
        weight=_kilobytes(upload.brought.size_bytes),
        since=f"<t:{upload.brought.created_at_ms // 1000}:D>",
    )


def _needs(upload: OwnUpload, language: str) -> Iterator[str]:
    if upload.characters:
        named = [
            say(language, "uploads.shown_character", name=_name(use.name), number=use.number)
            for use in upload.characters
        ]
        yield say(language, "uploads.shown_characters", names=_joined(named))
    if upload.recipes:
        codes = [code(use.code) for use in upload.recipes if use.is_made]
        said = say(language, "uploads.recipes", count=len(upload.recipes))
        yield f"{said}: {_joined(codes, _MOST_CODES)}" if codes else said
    yield from _beside_recipes(upload, language)


def _beside_recipes(upload: OwnUpload, language: str) -> Iterator[str]:
    """Yield what needs a picture beside characters and recipes, and whether nothing does."""
    if upload.open_jobs:
        yield say(language, "uploads.open_jobs", count=upload.open_jobs)
    if upload.is_drafted:
        yield say(language, "uploads.drafted")
    if not upload.is_needed:
        yield say(language, "uploads.unneeded")


def _kilobytes(size_bytes: int) -> int:
    return max(1, round(size_bytes / 1000))


def _name(name: str) -> str:
    return escape(name, _LONGEST_NAME)


def _names(names: Iterable[str]) -> str:
    return _joined([_name(each) for each in names])


def _joined(words: Sequence[str], most: int = _MOST_NAMES) -> str:
    return ", ".join([*words[:most], *(["…"] if len(words) > most else [])])
