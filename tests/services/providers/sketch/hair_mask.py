"""Where the sketch painter draws hair: what a new value of a hair feature may change, and nothing else may."""

import pyvips

from services.models import Face
from services.providers.sketch.beards import paint_beard
from services.providers.sketch.brows import paint_brows
from services.providers.sketch.cowlicks import paint_hairline
from services.providers.sketch.eye_folds import paint_shut
from services.providers.sketch.eye_form import eye_curves, eye_form
from services.providers.sketch.eyes import _lashes
from services.providers.sketch.hair import covers_ears, paint_back_hair, paint_front_hair
from services.providers.sketch.head import paint_ears
from services.providers.sketch.pen import soft_gradients
from services.providers.sketch.sitter import Sitter, seat


def _lash_line(sitter: Sitter, side: int) -> str:
    form = eye_form(sitter, side)
    eye = eye_curves(form, side)
    return paint_shut(sitter, eye) if form.shut else _lashes(sitter, eye)


def hair_mask(face: Face, seed: int, width_px: int) -> pyvips.Image:
    """Return one band of 0 and 255: 255 wherever the hair of this face leaves any ink, shadow or light.

    These are the painter's own layers of hair, drawn alone on nothing: what falls behind the neck, what lies over the
    head with the shadow that it casts, and the hairline; brows, beard and lashes, because they have the hair's
    colour; and the ears where no hair hangs over them, because long hair hides them.
    """
    sitter, _ = seat(face, seed)
    text = "".join(
        [
            paint_back_hair(sitter),
            "" if covers_ears(sitter) else paint_ears(sitter),
            paint_beard(sitter),
            paint_brows(sitter),
            *(_lash_line(sitter, side) for side in (-1, 1)),
            paint_front_hair(sitter),
            paint_hairline(sitter),
        ]
    )
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="1024" height="1024" viewBox="0 0 1024 1024">'
        f"<defs>{soft_gradients(text)}</defs>{text}</svg>"
    )
    drawn = pyvips.Image.svgload_buffer(svg.encode(), scale=width_px / 1024)
    return (drawn[3] > 0).copy_memory()
