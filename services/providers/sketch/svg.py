"""The portrait of a drawn face as SVG text."""

from dataclasses import dataclass

from services.models import Face
from services.providers.sketch.ages import paint_age
from services.providers.sketch.beards import paint_beard
from services.providers.sketch.brows import paint_brows
from services.providers.sketch.bust import paint_background, paint_bust
from services.providers.sketch.complexion import paint_complexion
from services.providers.sketch.cowlicks import paint_hairline
from services.providers.sketch.eyes import paint_eyes
from services.providers.sketch.hair import covers_ears, paint_back_hair, paint_front_hair
from services.providers.sketch.head import paint_contour, paint_ears, paint_head
from services.providers.sketch.lips import paint_mouth
from services.providers.sketch.nose import paint_nose
from services.providers.sketch.pen import soft_gradients
from services.providers.sketch.signature import paint_signature
from services.providers.sketch.sitter import seat
from services.providers.sketch.skin_features import paint_lip_scar, paint_skin_features
from services.providers.sketch.skin_textures import paint_skin_texture


@dataclass(frozen=True, slots=True)
class Drawing:
    """SVG text of 1024 x 1024 px, and the values that nothing known resembles, as "Nose: cyberpunk"."""

    svg: str
    not_drawn: tuple[str, ...]


def draw_sketch(face: Face, seed: int) -> Drawing:
    """Return the portrait of `face`: the same text for the same face and seed, on every Python and machine."""
    sitter, not_drawn = seat(face, seed)
    layers = [
        paint_background(),
        paint_back_hair(sitter),
        paint_bust(sitter),
        "" if covers_ears(sitter) else paint_ears(sitter),
        paint_head(sitter),
        paint_contour(sitter),
        paint_complexion(sitter),
        paint_skin_texture(sitter),
        paint_age(sitter),
        paint_skin_features(sitter),
        paint_nose(sitter),
        paint_mouth(sitter),
        paint_lip_scar(sitter),
        paint_eyes(sitter),
        paint_beard(sitter),
        paint_brows(sitter),
        paint_front_hair(sitter),
        paint_hairline(sitter),
        paint_signature(),
    ]
    text = "".join(layers)
    return Drawing(
        '<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="1024" viewBox="0 0 1024 1024">'
        f"<defs>{soft_gradients(text)}</defs>{text}</svg>",
        not_drawn,
    )
