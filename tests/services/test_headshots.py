"""`/headshot`: consent, the models that keep a face, and what is fetched and kept of the photo."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from db.engine import Connection
from db.jobs import job_queries
from db.tables.schema import drafts, requests, uploads
from db.tables.types import database_now_ms
from services.asks import Accepted, Viewer
from services.errors import LimitError, UserError
from services.headshots import HeadshotAsk, create_headshot, default_face_model, face_models, plan_headshot
from services.history import find_picture
from services.images.guard import inspect
from services.jobs.results import picture_result
from services.models import Recipe, RecipeKind
from services.offers import ModelUnavailable
from services.pausing import pause
from services.providers.price import Price, PriceUnit
from services.reference_bytes import reference_bytes
from services.uploads import Brought, UploadKind, bring, forget, list_uploads
from tests.services.brought import Shelf, discords_files, photo
from tests.services.finished import counted_seeds, finish, recipe_of, with_model
from tests.services.studio import ADA, BEN, GUILD, OPERATOR, Studio, caller

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
QUICK = "scripted/quick"
ELSEWHERE = Brought("https://pictures.example/face.jpg", is_attachment=False)
SOMEWHERE = Brought("https://cdn.discordapp.com/attachments/1/2/face.jpg", is_attachment=True)


def keeping_faces(studio: Studio, *, micro_usd: int = 10_000) -> None:
    """Let the scripted model keep the face of a photo."""
    quick = studio.context.catalog.find(QUICK)
    can = replace(quick.capabilities, references=1, references_needed=1, keeps_face=True)
    price = Price(micro_usd, PriceUnit.PICTURE)
    studio.context = with_model(studio.context, replace(quick, capabilities=can, price=price))


@pytest.fixture
async def shelf(studio: Studio) -> AsyncIterator[Shelf]:
    """Discord's files, and a model that keeps a face and can paint."""
    keeping_faces(studio)
    async with discords_files(studio) as made:
        yield made


def ask_for(*faces: Brought, **options: object) -> HeadshotAsk:
    return HeadshotAsk(caller(), "a chef in her kitchen", faces, **{"agreed": True, **options})  # type: ignore[arg-type] # by name


async def headshot(studio: Studio, *faces: Brought, **options: object) -> Accepted:
    context = studio.context
    return await create_headshot(context, plan_headshot(context, ask_for(*faces, **options)))


def _counts(conn: Connection) -> tuple[int, ...]:
    tables = (uploads, drafts, requests)
    return tuple(conn.execute(sa.select(sa.func.count()).select_from(each)).scalar_one() for each in tables)


async def kept(studio: Studio) -> tuple[int, ...]:
    """Return how many photos, drafts and requests there are."""
    return await studio.context.database.read(_counts)


async def files_of(studio: Studio) -> int:
    return len(await studio.context.store.list_files("", 100))


async def test_a_headshot_looks_at_the_photo_and_is_kept_as_its_recipe(studio: Studio, shelf: Shelf) -> None:
    studio.context = replace(studio.context, random_seed=counted_seeds(7))
    accepted = await headshot(studio, shelf.attachment(photo()))
    recipe: Recipe = await recipe_of(studio, accepted)
    (one,) = await list_uploads(studio.context, ADA)

    assert (one.upload.kind, recipe.references) == (UploadKind.FACE, (one.upload.digest,))
    assert (recipe.kind, recipe.prompt) == (RecipeKind.IMAGINE, "a chef in her kitchen")
    assert (recipe.model, recipe.image_seed) == (QUICK, 7)
    assert await kept(studio) == (1, 0, 1)
    assert inspect(await reference_bytes(studio.context, one.upload.digest, ADA)).width == 120


async def test_the_moment_of_consent_is_written_down_with_the_photo(studio: Studio, shelf: Shelf) -> None:
    def clock_ms(conn: Connection) -> int:
        return int(conn.execute(sa.select(database_now_ms())).scalar_one())

    def agreed(conn: Connection) -> int:
        return int(conn.execute(sa.select(uploads.c.agreed_at_ms)).scalar_one())

    before_ms = await studio.context.database.read(clock_ms)
    await headshot(studio, shelf.attachment(photo()))
    agreed_ms = await studio.context.database.read(agreed)

    assert before_ms <= agreed_ms <= await studio.context.database.read(clock_ms)


@on_sqlite
async def test_without_consent_nothing_is_fetched_or_kept(studio: Studio, shelf: Shelf) -> None:
    with pytest.raises(UserError) as refused:
        plan_headshot(studio.context, ask_for(shelf.attachment(photo()), agreed=False))

    assert refused.value.code == "headshot_not_agreed"
    assert shelf.asked == []
    assert (await kept(studio), await files_of(studio)) == ((0, 0, 0), 0)


@on_sqlite
@pytest.mark.parametrize(
    ("faces", "options", "code"),
    [
        ((), {}, "headshot_needs_face"),
        ((SOMEWHERE, ELSEWHERE), {}, "headshot_two_faces"),
        ((SOMEWHERE,), {"seed": -1}, "seed_out_of_range"),
        ((SOMEWHERE,), {"model": "sketch"}, "keeps_no_face"),
        ((SOMEWHERE,), {"model": "nobody's"}, "unknown_model"),
        ((SOMEWHERE,), {"model": "modelslab/flux-headshot"}, "no_price"),
        ((SOMEWHERE,), {"options": "aspect_ratio=7:1"}, "bad_option"),
        ((SOMEWHERE,), {"size": "large"}, "bad_size"),
        ((SOMEWHERE,), {"size": "512x512", "aspect": "1:1"}, "size_and_aspect"),
        ((SOMEWHERE,), {"steps": 4, "options": "steps=5"}, "duplicate_option"),
        ((SOMEWHERE,), {"aspect": "7:1"}, "bad_aspect"),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_fetched(
    studio: Studio, faces: tuple[Brought, ...], options: dict[str, object], code: str
) -> None:
    keeping_faces(studio)
    with pytest.raises(UserError) as refused:
        plan_headshot(studio.context, ask_for(*faces, **options))

    assert refused.value.code == code


@on_sqlite
async def test_an_empty_prompt_is_refused(studio: Studio) -> None:
    keeping_faces(studio)
    with pytest.raises(UserError, match="empty_prompt"):
        plan_headshot(studio.context, replace(ask_for(SOMEWHERE), prompt=" \u200b"))


@on_sqlite
async def test_a_model_that_cannot_keep_a_face_is_answered_with_those_that_can(studio: Studio) -> None:
    with pytest.raises(UserError) as refused:
        plan_headshot(studio.context, ask_for(SOMEWHERE, model="sketch"))

    assert refused.value.fields["model"] == "Sketch painter"
    assert refused.value.fields["allowed"] == (
        "modelslab/flux-headshot, fal/flux-pulid, modelslab/flux-headshot-enterprise"
    )


@on_sqlite
async def test_without_a_name_the_first_model_paints_that_can_here(studio: Studio) -> None:
    who = caller()
    assert default_face_model(studio.context, who).id == "fal/flux-pulid", "the first one with a price"
    keeping_faces(studio)

    assert default_face_model(studio.context, who).id == QUICK
    assert [each.id for each in face_models(studio.context)][-1] == QUICK


@on_sqlite
async def test_a_catalogue_without_such_a_model_says_so(studio: Studio) -> None:
    catalog = studio.context.catalog
    others = tuple(each for each in catalog.models if not each.capabilities.keeps_face)
    studio.context = replace(studio.context, catalog=replace(catalog, models=others, preferred_faces=()))
    with pytest.raises(UserError, match="no_face_model"):
        plan_headshot(studio.context, ask_for(SOMEWHERE))


@on_sqlite
async def test_without_a_key_no_draft_holds_the_face_and_what_can_paint_is_named(studio: Studio) -> None:
    with pytest.raises(ModelUnavailable) as alone:
        plan_headshot(studio.context, ask_for(SOMEWHERE))
    keeping_faces(studio)
    with pytest.raises(ModelUnavailable) as beside:
        plan_headshot(studio.context, ask_for(SOMEWHERE, model="fal/flux-pulid"))

    for refused in (alone.value, beside.value):
        assert (refused.code, refused.draft_id, refused.offers) == ("headshot_needs_key", None, ())
        assert refused.key_provider == "fal"
    assert (alone.value.fields["allowed"], beside.value.fields["allowed"]) == ("", QUICK)
    assert await kept(studio) == (0, 0, 0)


@on_sqlite
async def test_a_model_that_is_paused_meanwhile_leaves_neither_draft_nor_photo(
    studio: Studio, shelf: Shelf
) -> None:
    plan = plan_headshot(studio.context, ask_for(shelf.attachment(photo()), model=QUICK))
    await pause(studio.context, OPERATOR, QUICK, "Back at noon.")
    with pytest.raises(ModelUnavailable) as refused:
        await create_headshot(studio.context, plan)

    assert (refused.value.code, refused.value.draft_id, refused.value.key_provider) == (
        "model_paused",
        None,
        "",
    )
    assert (await kept(studio), await files_of(studio)) == ((0, 0, 0), 0)


async def test_a_photo_for_a_picture_that_is_refused_is_forgotten_again(studio: Studio, shelf: Shelf) -> None:
    keeping_faces(studio, micro_usd=600_000)
    with pytest.raises(LimitError, match="user_daily_cap"):
        await headshot(studio, shelf.attachment(photo()))

    assert len(shelf.asked) == 1
    assert (await kept(studio), await files_of(studio)) == ((0, 0, 0), 0)


async def test_a_photo_that_was_kept_before_stays_where_the_next_picture_is_refused(
    studio: Studio, shelf: Shelf
) -> None:
    known = await bring(studio.context, ADA, shelf.attachment(photo()), UploadKind.FACE)
    await studio.context.database.write(_let_it_be_of_yesterday)
    keeping_faces(studio, micro_usd=600_000)
    with pytest.raises(LimitError, match="user_daily_cap"):
        await headshot(studio, shelf.attachment(photo()))

    assert [each.upload for each in await list_uploads(studio.context, ADA)] == [known]
    assert await reference_bytes(studio.context, known.digest, ADA)


def _let_it_be_of_yesterday(conn: Connection) -> None:
    conn.execute(uploads.update().values(created_at_ms=uploads.c.created_at_ms - 86_400_000))


@on_sqlite
async def test_what_is_no_picture_is_kept_by_nobody(studio: Studio, shelf: Shelf) -> None:
    with pytest.raises(UserError, match="neither PNG, JPEG nor WebP"):
        await headshot(studio, shelf.attachment(b"%PDF-1.7 not a picture at all, whatever its name says"))

    assert await kept(studio) == (0, 0, 0)


@pytest.mark.parametrize(
    ("model", "options", "sent"),
    [
        ("modelslab/flux-headshot", {"size": "768x512"}, {"width": 768, "height": 512}),
        ("modelslab/flux-headshot", {"aspect": "3:4"}, {"width": 768, "height": 1024}),
        ("modelslab/flux-headshot", {"steps": 12, "guidance": 3.5}, {"num_inference_steps": 12, "guidance_scale": 3.5}),
        ("modelslab/flux-headshot", {"negative_prompt": "hats"}, {"negative_prompt": "hats"}),
        ("fal/flux-pulid", {"size": "768 x 512"}, {"image_size": {"width": 768, "height": 512}}),
        ("fal/flux-pulid", {"options": "true_cfg=2"}, {"true_cfg": 2}),
    ],
)  # fmt: skip
@on_sqlite
async def test_every_option_reaches_the_model_under_its_own_name(
    studio: Studio, shelf: Shelf, model: str, options: dict[str, object], sent: dict[str, object]
) -> None:
    found = studio.context.catalog.find(model)
    # As if the scripted provider had this model.
    moved = replace(found, provider="scripted", price=Price(1, PriceUnit.PICTURE))
    studio.context = with_model(studio.context, moved)
    recipe = await recipe_of(
        studio, await headshot(studio, shelf.attachment(photo()), model=model, **options)
    )

    assert {name: recipe.parameters[name] for name in sent} == sent


@on_sqlite
async def test_the_briefs_negative_prompt_is_sent_unless_another_is_asked_for(
    studio: Studio, shelf: Shelf
) -> None:
    found = studio.context.catalog.find("modelslab/flux-headshot")
    studio.context = with_model(
        studio.context, replace(found, provider="scripted", price=Price(1, PriceUnit.PICTURE))
    )
    recipe = await recipe_of(studio, await headshot(studio, shelf.attachment(photo()), model=found.id))

    assert str(recipe.parameters["negative_prompt"]).startswith("anime, cartoon, drawing, big nose")


async def test_a_finished_headshot_says_until_when_its_photo_is_kept(studio: Studio, shelf: Shelf) -> None:
    accepted = await headshot(studio, shelf.attachment(photo()))
    (finished,) = await finish(studio, accepted)
    (one,) = await list_uploads(studio.context, ADA)
    code = finished.code
    seen = [await find_picture(studio.context, Viewer(user_id, GUILD), code) for user_id in (ADA, BEN)]
    await forget(studio.context, ADA, one.upload.id)
    after = await find_picture(studio.context, Viewer(ADA, GUILD), code)

    assert finished.photo_until_ms == one.expires_at_ms
    assert [each.photo_until_ms for each in (*seen, after)] == [one.expires_at_ms, None, None]


@on_sqlite
async def test_made_again_where_nobody_else_is_a_headshot_is_still_private(
    studio: Studio, shelf: Shelf
) -> None:
    accepted = await headshot(studio, shelf.attachment(photo()))
    await finish(studio, accepted)
    (row,) = await studio.context.database.read(job_queries.picture_rows, list(accepted.job_ids))

    assert not picture_result(row).is_private
    assert picture_result(row | {"guild_id": None}).is_private
