"""Somebody's own pictures, page by page: `/history` gives all of them, `/search` those that they describe.

What people type becomes terms (`services/search_words.py`), and nothing of it a database's syntax: words are only ever
compared.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from db.engine import Connection
from db.jobs import job_queries
from db.pictures import listings
from db.pictures.listings import Audience, Edge, Wanted
from services.asks import Viewer
from services.characters import find_character
from services.choices import parse_choices
from services.context import Context
from services.errors import NotAllowedError, NotFoundError, UserError
from services.features import FeatureFile
from services.jobs import results
from services.jobs.courier import PictureResult
from services.models import DrawnFeature, JsonValue, RecipeKind
from services.search_terms import Sought, Term, all_of, any_of
from services.search_words import (
    OF_FEATURES,
    OWN,
    character_term,
    feature_term,
    kind_term,
    model_term,
    seed_term,
    stem,
    words_in,
)
from services.seeds import check_seed
from services.words import features_in_words, nouns_of

PAGE: Final = 9
MAX_WORDS_CHARACTERS: Final = 500
SHORTEST_BEGINNING: Final = 3
"""Letters; a shorter word stands for itself: half of all words begin as it does."""

_DAYS: Final = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})", re.ASCII),
    re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", re.ASCII),
)
_LONGEST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list is asked for, as it was typed; "" and None ask for nothing. Days are UTC days, both included."""

    words: str = ""
    feature: str = ""
    model: str = ""
    kind: str = ""
    seed: int | None = None
    since: str = ""
    until: str = ""
    character: str = ""
    character_code: str = ""
    """Whose pictures, once `find_asked` knows it."""

    @property
    def is_for_all(self) -> bool:
        """Return whether nothing is asked for, so that every picture is in the list."""
        return self == Asked()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the pictures of `owner_id`: `row_id` is where it stands what was asked for, 0 for everything."""

    owner_id: int
    row_id: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """One picture of a page, and when it was asked for (UTC epoch ms). `recipe_id` is its place in the list."""

    recipe_id: int
    picture: PictureResult
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the pictures that were asked for, newest first, and whether there are more on either side."""

    listing: Listing
    asked: Asked
    items: tuple[Listed, ...]
    has_newer: bool = False
    has_older: bool = False


def check_asked(context: Context, asked: Asked) -> Asked:
    """Return what is asked for with names in their one form.

    Raises UserError("text_too_long", "bad_date", "days_swapped", "seed_out_of_range"), and what unknown models and
    features raise.
    """
    if len(asked.words) > MAX_WORDS_CHARACTERS:
        found = len(asked.words)
        raise UserError("text_too_long", field="words", found=found, maximum=MAX_WORDS_CHARACTERS)
    model = context.catalog.find(asked.model).id if asked.model.strip() else ""
    check_seed(asked.seed, "seed")
    parse_choices(context.features, asked.feature)
    since, until = _day(asked.since, "from"), _day(asked.until, "until")
    if since and until and since > until:
        raise UserError("days_swapped", f"{since} > {until}")
    kept = {field.name: getattr(asked, field.name) for field in fields(asked)}
    return Asked(**kept | {"model": model, "since": _iso(since), "until": _iso(until)})


async def find_asked(context: Context, viewer: Viewer, asked: Asked) -> Asked:
    """Return what is asked for with the character that it names, by its code and its name as it is kept.

    Raises UserError("ambiguous_character"), NotFoundError("no_such_character"), StorageError.
    """
    if not asked.character.strip():
        return asked
    found = await find_character(context, viewer, asked.character)
    return replace(asked, character=found.name, character_code=found.code)


def check_search(context: Context, asked: Asked) -> Asked:
    """Return the same of a search. Raises UserError("empty_search") too, where it has nothing to look for."""
    asked = check_asked(context, asked)
    is_only_words = asked == Asked(words=asked.words)
    if is_only_words and not words_in(asked.words):
        raise UserError("empty_search", "no word in what was typed")
    return asked


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _day(text: str, field: str) -> date | None:
    """Return the day that somebody typed, None for none. Raises UserError("bad_date")."""
    typed = "".join(text[:_LONGEST_SHOWN].split())
    if not typed:
        return None
    for form in _DAYS:
        if match := form.fullmatch(typed):
            try:
                day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            except ValueError:
                break
            # The last day of the calendar has no next one to end at.
            if day.year < date.max.year:
                return day
    raise UserError("bad_date", f"no day: {typed!r}", field=field, found=typed)


def _start_ms(day: date) -> int:
    """Return when a UTC day begins, in epoch milliseconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def sought_by(feature_file: FeatureFile, asked: Asked) -> Sought | None:
    """Return the terms of what is asked for, None where everything is. Raises UserError for an unknown feature."""
    parts = [*_by_words(feature_file, asked.words)]
    chosen = parse_choices(feature_file, asked.feature)
    parts += [Term(feature_term(DrawnFeature(*key, value))) for key, value in chosen.items()]
    parts += [Term(model_term(asked.model))] if asked.model else []
    parts += [Term(kind_term(asked.kind))] if asked.kind else []
    parts += [Term(seed_term(asked.seed))] if asked.seed is not None else []
    parts += [Term(character_term(asked.character_code))] if asked.character_code else []
    return all_of(parts) if parts else None


def _by_words(feature_file: FeatureFile, text: str) -> Iterator[Sought]:
    """Yield what each part of a text looks for.

    "green eyes" means the feature, and not a green background beside brown eyes; where somebody has written a prompt,
    it means both words. A word that names no feature is looked for in everything that is said of a picture.
    """
    named: set[str] = set()
    for drawn in features_in_words(feature_file, text):
        said = words_in(drawn.value)
        nouns = [noun for noun in nouns_of(drawn.key) if noun in words_in(text)]
        named.update(said, nouns)
        written = [_word(word, OWN) for word in (*said, *nouns)]
        # A value of the operator's may be without any word: then only the feature itself says it.
        yield any_of([Term(feature_term(drawn)), *([all_of(written)] if written else [])])
    yield from (
        any_of([_word(word, OF_FEATURES), _word(word, OWN)]) for word in words_in(text) if word not in named
    )


def _word(word: str, word_class: str) -> Sought:
    """Return what finds a word, what begins with it, and its kin: "freckles" finds "freckled"."""
    is_beginning = len(word) >= SHORTEST_BEGINNING
    return any_of([Term(word_class + word, is_beginning), Term(word_class + stem(word))])


def _wanted(context: Context, owner_id: int, asked: Asked, audience: Audience | None) -> Wanted:
    until = _day(asked.until, "until")
    since = _day(asked.since, "from")
    return Wanted(
        owner_id,
        sought_by(context.features, asked),
        None if since is None else _start_ms(since),
        None if until is None else _start_ms(until + timedelta(days=1)),
        audience,
    )


def _read(conn: Connection, wanted: Wanted, edge: Edge | None) -> tuple[tuple[Listed, ...], bool, bool]:
    """Return a page's pictures, and whether there are newer and older ones."""
    rows = listings.list_pictures(conn, wanted, edge, PAGE + 1)
    has_more = len(rows) > PAGE
    if edge is not None and (not rows or (edge.is_newer and len(rows) < PAGE)):
        # What was there has been deleted, or less than a page is left on the way back: the newest page is that.
        return _read(conn, wanted, None)
    shown = rows[-PAGE:] if edge is not None and edge.is_newer else rows[:PAGE]
    found = job_queries.picture_rows(conn, [row.job_id for row in shown])
    pictures = {row["job_id"]: results.picture_result(row) for row in found if results.has_picture(row)}
    items = (Listed(row.recipe_id, pictures[row.job_id], row.created_at_ms) for row in shown)
    if edge is None:
        return tuple(items), False, has_more
    return tuple(items), (has_more if edge.is_newer else True), (True if edge.is_newer else has_more)


async def first_page(context: Context, owner_id: int, asked: Asked, audience: Audience | None) -> Page:
    """Return the newest of a person's own pictures that were asked for.

    Where there are more, what was asked for is kept for a week, so that the buttons of the page go on from there.
    `audience` are those who see the page beside its owner. Raises StorageError.
    """
    items, has_newer, has_older = await context.database.read(
        _read, _wanted(context, owner_id, asked, audience), None
    )
    row_id = 0
    if has_older and not asked.is_for_all:
        row_id = await context.database.write(listings.keep_search, owner_id, dict(asdict(asked)))
    return Page(Listing(owner_id, row_id), asked, items, has_newer, has_older)


async def next_page(
    context: Context, user_id: int, listing: Listing, edge: Edge, audience: Audience | None
) -> Page:
    """Return the page behind an edge.

    Raises NotAllowedError("not_your_list") for anybody but the owner, NotFoundError("no_such_list") where what was
    asked for is forgotten, StorageError.
    """
    if user_id != listing.owner_id:
        raise NotAllowedError("not_your_list", f"a list of user {listing.owner_id}")
    asked = Asked()
    if listing.row_id:
        kept = await context.database.read(listings.read_search, user_id, listing.row_id)
        if kept is None:
            raise NotFoundError("no_such_list", f"list {listing.row_id}")
        asked = _asked(kept)
    items, has_newer, has_older = await context.database.read(
        _read, _wanted(context, user_id, asked, audience), edge
    )
    return Page(listing, asked, items, has_newer, has_older)


def _asked(kept: Mapping[str, JsonValue]) -> Asked:
    """Return what was kept; what this version does not know of it is left out."""
    known = {field.name for field in fields(Asked)}
    return Asked(**{name: value for name, value in kept.items() if name in known})  # type: ignore[arg-type] # our own


def kinds() -> tuple[str, ...]:
    """Return the kinds of pictures that can be asked for."""
    return tuple(RecipeKind)


def day_of(at_ms: int) -> str:
    """Return the UTC day of a time in epoch milliseconds, as `Asked` takes it: "2026-11-21"."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().isoformat()
