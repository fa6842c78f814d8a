"""`/headshot`: a picture with the face of a photo that somebody brings, who has agreed and says so.

Nothing is fetched before everything that can be known without the photo is certain: consent, words, model and key. A
headshot that cannot start is never kept as a draft: whoever asked asks again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from services.asker_pauses import check_asker
from services.asks import Accepted, Caller
from services.commissioning import Wanted, order
from services.context import Context
from services.errors import UserError
from services.model_choice import ModelChoice, can_paint, choice_of, default_model
from services.models import JsonValue, Parameters, Recipe, RecipeKind, RequestKind
from services.offers import NEEDS_KEY, ModelUnavailable, Trouble
from services.providers.catalog import Model
from services.providers.options import parse_options
from services.providers.parameters import read_size
from services.references import KnownReference
from services.seeds import check_seed, seed_for
from services.unneeded_uploads import forgotten_if_refused
from services.uploads import Brought, KnownUpload, UploadKind, bring
from services.words import clean_prompt, features_in_words

_ANY_PHOTO: Final = KnownReference("", 1024, 1024)
"""Stands for the photo until it is here: no price of a model that keeps a face depends on the photo's size."""


@dataclass(frozen=True, slots=True)
class HeadshotAsk:
    """`/headshot` as typed. `faces` are the attachment and the address, as far as they were given; `size` is in px.

    `agreed`: the person says that the face is their own or that they have its owner's permission, and that the person
    is an adult.
    """

    caller: Caller
    prompt: str
    faces: tuple[Brought, ...]
    agreed: bool = False
    negative_prompt: str = ""
    aspect: str = ""
    size: str = ""
    steps: int | None = None
    guidance: float | None = None
    seed: int | None = None
    model: str = ""
    options: str = ""


@dataclass(frozen=True, slots=True)
class HeadshotPlan:
    """A checked `/headshot`: what is left to refuse it is the photo itself, and what it costs."""

    ask: HeadshotAsk
    prompt: str
    face: Brought


def face_models(context: Context) -> tuple[Model, ...]:
    """Return the models that keep a face, the catalogue's preferred ones first."""
    catalog = context.catalog
    preferred = [catalog.by_id[model_id.lower()] for model_id in catalog.preferred_faces]
    others = [each for each in catalog.models if each.capabilities.keeps_face and each not in preferred]
    return (*preferred, *others)


def default_face_model(context: Context, caller: Caller) -> Model:
    """Return what paints a headshot when nobody names a model: the default that the caller or the server has set where
    it keeps a face, else the first that can paint, else the first that has a price.

    Raises UserError("no_face_model") for a catalogue without such models.
    """
    models = face_models(context)
    default = default_model(context, caller)
    if default in models:
        return default
    if not models:
        raise UserError("no_face_model", field="model")
    ready = (each for each in models if can_paint(context, caller, each))
    priced = (each for each in models if each.price is not None)
    return next(ready, None) or next(priced, models[0])


def plan_headshot(context: Context, ask: HeadshotAsk) -> HeadshotPlan:
    """Check what can be checked without waiting. Nothing has been fetched, kept or charged when this raises.

    Raises UserError("headshot_not_agreed") without consent, "headshot_needs_face" or "headshot_two_faces",
    "keeps_no_face" for a model that cannot, for anything that does not fit; ModelUnavailable without a draft where the
    model cannot paint now.
    """
    check_asker(context.standing.pauses, ask.caller.origin.user_id, ask.caller.origin.guild_id)
    if not ask.agreed:
        raise UserError("headshot_not_agreed", field="agreed")
    if len(ask.faces) != 1:
        raise UserError("headshot_two_faces" if ask.faces else "headshot_needs_face", field="face")
    prompt = clean_prompt(ask.prompt)
    check_seed(ask.seed, "seed")
    _choose(context, ask, _ANY_PHOTO)
    return HeadshotPlan(ask, prompt, ask.faces[0])


def _choose(context: Context, ask: HeadshotAsk, photo: KnownReference) -> ModelChoice:
    """Return what paints; raises as `plan_headshot` does."""
    model = _model(context, ask)
    fitted = model.fit(_asked(ask, model), ask.aspect)
    choice = choice_of(
        context,
        ask.caller,
        model,
        fitted.parameters,
        fitted.dropped,
        references=(photo,),
        wants_seed=ask.seed is not None,
    )
    if choice.trouble is not None:
        raise _unavailable(context, ask.caller, choice.model, choice.trouble)
    return choice


def _model(context: Context, ask: HeadshotAsk) -> Model:
    if not ask.model.strip():
        return default_face_model(context, ask.caller)
    model = context.catalog.find(ask.model)
    if not model.capabilities.keeps_face:
        able = ", ".join(each.id for each in face_models(context))
        raise UserError("keeps_no_face", field="model", model=model.title, allowed=able)
    return model


def _asked(ask: HeadshotAsk, model: Model) -> Parameters:
    """Return the parameters asked for, by what people call them. Raises UserError."""
    given: Mapping[str, JsonValue] = {
        "negative_prompt": ask.negative_prompt.strip() or None,
        "steps": ask.steps,
        "guidance": ask.guidance,
        **_size(ask, model),
    }
    asked: dict[str, JsonValue] = {**parse_options(ask.options)}
    for name, value in given.items():
        if value is None:
            continue
        if name in asked:
            raise UserError("duplicate_option", f"{name} stands twice", field=name)
        asked[name] = value
    return MappingProxyType(asked)


def _size(ask: HeadshotAsk, model: Model) -> dict[str, JsonValue]:
    """Return the size under the name that the model has for it. Raises UserError("bad_size", "size_and_aspect")."""
    if not ask.size.strip():
        return {}
    if ask.aspect.strip():
        raise UserError("size_and_aspect", field="size")
    sides = read_size(ask.size)
    if sides is None:
        raise UserError("bad_size", field="size", found=ask.size[:100])
    if "width" in model.parameters:
        return {"width": sides[0], "height": sides[1]}
    return {"size": f"{sides[0]}x{sides[1]}"}


def _unavailable(context: Context, caller: Caller, model: Model, trouble: Trouble) -> ModelUnavailable:
    """Return why `model` cannot paint now, with those that can; no draft is kept, as none may hold a face."""
    if trouble.code not in NEEDS_KEY:
        return ModelUnavailable(trouble, draft_id=None, offers=())
    ready = ", ".join(each.id for each in face_models(context) if can_paint(context, caller, each))
    fields = {**trouble.fields, "allowed": ready}
    return ModelUnavailable(
        Trouble("headshot_needs_key", fields), draft_id=None, offers=(), key_provider=model.provider
    )


async def create_headshot(context: Context, plan: HeadshotPlan) -> Accepted:
    """Fetch and keep the photo, and accept the picture.

    Raises as `services.uploads.bring`, `plan_headshot` and `commissioning.order` do. Where the picture is refused, a
    photo that was brought for it alone is forgotten again.
    """
    user_id = plan.ask.caller.origin.user_id
    known = await bring(context, user_id, plan.face, UploadKind.FACE)
    async with forgotten_if_refused(context, user_id, [known]):
        choice = _choose(context, plan.ask, KnownReference(known.digest, known.width, known.height))
        wanted = Wanted(_recipe(context, plan, choice, known), choice)
        return await order(context, plan.ask.caller, RequestKind.HEADSHOT, [wanted])


def _recipe(context: Context, plan: HeadshotPlan, choice: ModelChoice, known: KnownUpload) -> Recipe:
    model = choice.model
    image_seed = seed_for(plan.ask.seed, 0, context.random_seed)
    return Recipe(
        kind=RecipeKind.IMAGINE,
        prompt=plan.prompt,
        provider=model.provider,
        model=model.id,
        model_version=model.version,
        image_seed=image_seed if model.capabilities.seed else None,
        features=features_in_words(context.features, plan.prompt),
        feature_file=context.features.digest,
        aspect=plan.ask.aspect.strip(),
        parameters=choice.parameters,
        dropped=choice.dropped,
        references=(known.digest,),
    )
