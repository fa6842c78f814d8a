"""`/settings me`: what is kept, what holds, and what is refused."""

from dataclasses import replace

import pytest

from db.people import preferences as rows
from db.people.preferences import PersonRow, ServerRow
from services.errors import UserError
from services.languages import say
from services.model_choice import DefaultSource
from services.own_settings import OwnSettings, OwnSettingsAsk, keep_own_settings, plan_own_settings
from services.preferences import load_preferences
from tests.services.finished import with_model
from tests.services.studio import ADA, BEN, GUILD, Studio, caller

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
QUICK = "scripted/quick"


async def keep(studio: Studio, user_id: int = ADA, **changes: object) -> OwnSettings:
    """Change settings as `/settings me` does."""
    ask = OwnSettingsAsk(caller(user_id), **changes)  # type: ignore[arg-type] # options by name
    return await keep_own_settings(studio.context, ask, plan_own_settings(studio.context, ask))


async def test_what_is_set_holds_at_once_and_after_a_restart(studio: Studio) -> None:
    context = studio.context
    kept = await keep(studio, model="quick", language="Deutsch", is_private=True, allows_direct_messages=True)
    assert kept.row == PersonRow(QUICK, "de", is_private=True, allows_direct_messages=True)
    assert (kept.default.model.id, kept.default.source, kept.was_changed) == (
        QUICK,
        DefaultSource.PERSON,
        True,
    )
    assert context.privacy.is_private(ADA, None)
    assert context.preferences.language_of(ADA, GUILD, "en-US") == "de"
    assert context.preferences.language_of(BEN, GUILD, "en-US") == "en"
    assert await load_preferences(context.database) == context.preferences
    assert await context.reload_bell.wait(0)


@ON_SQLITE
async def test_what_is_left_out_stays(studio: Studio) -> None:
    await keep(studio, model="quick", is_private=True)
    kept = await keep(studio, language="de")
    assert kept.row == PersonRow(QUICK, "de", is_private=True)


@ON_SQLITE
async def test_a_look_changes_nothing(studio: Studio) -> None:
    seen = await keep(studio)
    assert (seen.row, seen.was_changed, seen.default.source) == (PersonRow(), False, DefaultSource.BOT)
    assert (await studio.context.database.read(rows.survey)).people == 0


@ON_SQLITE
@pytest.mark.parametrize("word", ["default", "AUTO", " none ", "-"])
async def test_what_was_set_can_be_taken_back(studio: Studio, word: str) -> None:
    await keep(studio, model="quick", language="de", is_private=True, allows_direct_messages=True)
    kept = await keep(studio, model=word, language=word, is_private=False, allows_direct_messages=False)
    assert kept.row == PersonRow()
    assert not studio.context.privacy.is_private(ADA, None)
    assert studio.context.preferences.language_of(ADA, None, "en-US") == "en"


@ON_SQLITE
async def test_the_person_counts_before_the_server_and_the_server_before_their_discord(
    studio: Studio,
) -> None:
    await studio.context.database.write(rows.change_server, GUILD, lambda _row: ServerRow(language="de"))
    await studio.context.preferences.reload(studio.context.database)
    preferences = studio.context.preferences
    assert preferences.language_of(ADA, GUILD, "en-US") == "de"
    assert preferences.language_of(ADA, None, "en-US") == "en"
    await keep(studio, language="en")
    assert preferences.language_of(ADA, GUILD, "de") == "en"
    assert preferences.language_of(BEN, None, "de") == "de"


@ON_SQLITE
async def test_a_voice_speaks_the_chosen_language_with_the_commands_as_ones_discord_shows_them(
    studio: Studio,
) -> None:
    await keep(studio, language="de")
    preferences = studio.context.preferences
    voices = [preferences.voice_of(ADA, GUILD, locale) for locale in ("en-GB", "pt-BR", "de", "")]
    assert voices == ["de"] * 4
    resumed = [say(voice, "status.is_paused", title="Quick") for voice in voices]
    assert ["`/resume`" in text for text in resumed] == [True, True, False, False]
    assert "`/resume`" in say(preferences.voice_of(BEN, GUILD, "en-US"), "status.is_paused", title="Quick")
    here = caller(locale="en-US").origin
    assert "`/resume`" in say(preferences.voice_for(here), "status.is_paused", title="Quick")
    assert "`/fortsetzen`" in say(preferences.language_for(here), "status.is_paused", title="Quick")


@ON_SQLITE
async def test_a_language_that_is_spoken_no_more_counts_as_none(studio: Studio) -> None:
    await studio.context.database.write(rows.change_person, ADA, lambda _row: PersonRow(language="eo"))
    await studio.context.preferences.reload(studio.context.database)
    assert studio.context.preferences.language_of(ADA, None, "de") == "de"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"model": "../../x"}, "unknown_model"),
        ({"model": ""}, "unknown_model"),
        ({"model": "fal/codeformer"}, "bad_default"),
        ({"language": "Klingon"}, "unknown_language"),
        ({"language": ""}, "unknown_language"),
    ],
)
@ON_SQLITE
async def test_what_cannot_be_set_is_refused_before_anything_is_waited_for(
    studio: Studio, changes: dict[str, str], code: str
) -> None:
    with pytest.raises(UserError) as caught:
        plan_own_settings(studio.context, OwnSettingsAsk(caller(), **changes))  # type: ignore[arg-type] # by name
    assert caught.value.code == code


@ON_SQLITE
async def test_the_view_shows_what_the_server_has(studio: Studio) -> None:
    quick = replace(studio.context.catalog.find(QUICK), title="Quicker")
    studio.context = with_model(studio.context, quick)
    await studio.context.database.write(
        rows.change_server, GUILD, lambda _row: ServerRow(QUICK, is_private=True)
    )
    await studio.context.preferences.reload(studio.context.database)
    seen = await keep(studio)
    assert (seen.server.is_private, seen.default.model.title) == (True, "Quicker")
    assert seen.default.source is DefaultSource.SERVER
