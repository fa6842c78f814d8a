"""`/pair`: two portraits side by side, of two people, or of one person with a single difference."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.asks import Accepted, PairAsk
from services.commissioning import Wanted, order
from services.context import Context
from services.errors import UserError
from services.feature_names import names_of
from services.features import draw_face
from services.models import MAX_SEED, Face, FeatureKey, RequestKind
from services.portraits import PortraitPlan, plan_portrait, portrait_recipe, read_kept
from services.seeds import seed_for


@dataclass(frozen=True, slots=True)
class PairPlan:
    """A checked `/pair`. `differ` is the one feature in which the two differ, None for two different people."""

    ask: PairAsk
    portrait: PortraitPlan
    differ: FeatureKey | None


def _parse_differ(context: Context, text: str) -> FeatureKey | None:
    if not text.strip():
        return None
    names = names_of(context.features)
    found = names.find(text)
    if not found:
        raise UserError("unknown_feature", field="differ", found=text.strip()[:60], suggestion="")
    # A bare "nose" or "eye" means its shape, as it does in `features`.
    if len(found) > 1 and found[0].category != "Shape":
        labels = ", ".join(names.labels[key] for key in found)
        raise UserError("ambiguous_feature", field="differ", found=text.strip()[:60], suggestion=labels)
    if len(context.features.features[found[0]]) < 2:
        raise UserError("only_one_value", field="differ", found=names.labels[found[0]])
    return found[0]


def plan_pair(context: Context, ask: PairAsk) -> PairPlan:
    """Check what was typed, without waiting. Raises UserError."""
    wants_seed = ask.same_seed or bool(ask.differ.strip())
    portrait = plan_portrait(context, replace(ask.portrait, count=1), wants_seed=wants_seed)
    differ = _parse_differ(context, ask.differ)
    if differ is not None and differ in portrait.chosen:
        raise UserError("differ_is_chosen", field="differ", found=names_of(context.features).labels[differ])
    return PairPlan(ask, portrait, differ)


def _other_value(context: Context, prompt_seed: int, key: FeatureKey, value: str) -> str:
    """Return another value of a feature: the first one that the following prompt seeds draw."""
    for step in range(1, 1000):
        drawn = draw_face(context.features, (prompt_seed + step) % (MAX_SEED + 1))
        other = next(feature.value for feature in drawn if feature.key == key)
        if other != value:
            return other
    return next(one.text for one in context.features.features[key] if one.text != value)


def _faces(
    context: Context, plan: PairPlan, seeds: tuple[int, int], kept: Mapping[FeatureKey, str]
) -> tuple[Face, Face]:
    chosen = {**kept, **plan.portrait.chosen}
    first = draw_face(context.features, seeds[0], chosen=chosen)
    if plan.differ is None:
        return first, draw_face(context.features, seeds[1], chosen=chosen)
    value = next(feature.value for feature in first if feature.key == plan.differ)
    other = _other_value(context, seeds[0], plan.differ, value)
    return first, tuple(
        feature._replace(value=other) if feature.key == plan.differ else feature for feature in first
    )


async def create_pair(context: Context, plan: PairPlan) -> Accepted:
    """Accept a `/pair`: two jobs of one request.

    By default each has its own image seed; `same_seed` and `differ` share it.

    Raises NotFoundError for an unknown `keep` code, and as `commissioning.order` does.
    """
    ask = plan.ask.portrait
    kept = await read_kept(context, plan.portrait)
    first_seed = seed_for(ask.prompt_seed, 0, context.random_seed)
    second_seed = first_seed if plan.differ else seed_for(ask.prompt_seed, 1, context.random_seed)
    shares_seed = plan.ask.same_seed or plan.differ is not None
    image_seed = seed_for(ask.seed, 0, context.random_seed)
    other_image_seed = image_seed if shares_seed else seed_for(ask.seed, 1, context.random_seed)
    faces = _faces(context, plan, (first_seed, second_seed), kept.features)
    sides = zip(faces, (first_seed, second_seed), (image_seed, other_image_seed), strict=True)
    wanted = [
        Wanted(
            portrait_recipe(
                context, plan.portrait, face, prompt_seed=prompt_seed, image_seed=seed, parent=kept.parent
            ),
            plan.portrait.choice,
        )
        for face, prompt_seed, seed in sides
    ]
    return await order(context, ask.caller, RequestKind.PAIR, wanted)
