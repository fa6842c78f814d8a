"""Where in the 1024 px picture a feature shows."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.models import FeatureKey


class Box(NamedTuple):
    """A rectangle in px of the 1024 px picture; right and bottom are outside."""

    left: int
    top: int
    right: int
    bottom: int


_EYES: Final = Box(346, 346, 678, 492)
_FACE: Final = Box(318, 236, 706, 694)
_HEAD: Final = Box(80, 0, 944, 1024)

REGIONS: Final[Mapping[FeatureKey, Box]] = {
    FeatureKey("Shape", "Face"): Box(290, 130, 734, 730),
    FeatureKey("Shape", "Eye"): _EYES,
    FeatureKey("Shape", "Eyebrow"): Box(340, 320, 684, 412),
    FeatureKey("Shape", "Nose"): Box(440, 370, 584, 590),
    FeatureKey("Shape", "Lips"): Box(412, 550, 612, 660),
    FeatureKey("Shape", "Cheek"): Box(310, 430, 714, 696),
    FeatureKey("Shape", "Chin"): Box(390, 600, 634, 790),
    FeatureKey("Shape", "Hairline"): Box(300, 120, 724, 400),
    FeatureKey("Structure", "Eye"): _EYES,
    FeatureKey("Structure", "Eyebrow"): Box(340, 320, 684, 412),
    FeatureKey("Structure", "Nose"): Box(440, 360, 584, 590),
    FeatureKey("Structure", "Jawline"): Box(290, 480, 734, 720),
    FeatureKey("Texture & Features", "Skin Texture"): _FACE,
    FeatureKey("Texture & Features", "Skin Features"): _FACE,
    FeatureKey("Texture & Features", "Cheek"): Box(318, 420, 706, 640),
    FeatureKey("Texture & Features", "Lips"): Box(440, 575, 584, 640),
    FeatureKey("Color", "Eye"): Box(376, 380, 648, 452),
    FeatureKey("Color", "Skin Tone"): Box(318, 236, 706, 860),
    FeatureKey("Color", "Skin Undertones"): Box(318, 236, 706, 860),
    FeatureKey("Expression", "Eye"): Box(346, 346, 678, 540),
    FeatureKey("Expression", "Eyebrow"): Box(340, 280, 684, 430),
    FeatureKey("Expression", "Lips"): Box(380, 510, 644, 700),
    FeatureKey("Hair", "Hair Length"): _HEAD,
    FeatureKey("Hair", "Hair Texture"): _HEAD,
    FeatureKey("Hair", "Hair Color"): Box(230, 20, 794, 480),
    FeatureKey("Hair", "Facial Hair"): Box(290, 400, 734, 920),
    FeatureKey("Person", "Age"): Box(300, 240, 724, 840),
}
"""Each feature with the box in which its values differ."""
