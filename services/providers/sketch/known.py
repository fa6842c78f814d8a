"""Every value that the painter knows, in the order of the feature file that ships."""

from collections.abc import Mapping
from typing import Final

from services.models import FeatureKey


def _values(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


KNOWN: Final[Mapping[FeatureKey, tuple[str, ...]]] = {
    FeatureKey("Shape", "Face"): _values(
        "oval, round, square, rectangular, oblong, heart-shaped, diamond-shaped, triangular, "
        "inverted-triangle, hexagonal"
    ),
    FeatureKey("Shape", "Eye"): _values(
        "almond-shaped, round, hooded, monolid, upturned, downturned, large, medium, small, slender"
    ),
    FeatureKey("Shape", "Eyebrow"): _values(
        "thin, thick, bushy, tapered, feathery, sparse, short, long, blunt, notched"
    ),
    FeatureKey("Shape", "Nose"): _values(
        "button, aquiline, snub, bulbous, broad, narrow, pointed, long, flat, flared"
    ),
    FeatureKey("Shape", "Lips"): _values(
        "thin, full, wide, narrow, bow-shaped, rounded, top-heavy, bottom-heavy, downturned, uneven"
    ),
    FeatureKey("Shape", "Cheek"): _values(
        "slender, rounded, hollow, high, low-set, dimpled, flat, broad, sculpted, jowly"
    ),
    FeatureKey("Shape", "Chin"): _values(
        "pointed, rounded, square, cleft, receding, prominent, double, long, short, broad"
    ),
    FeatureKey("Shape", "Hairline"): _values(
        "high, low, straight, rounded, widow's peak, M-shaped, uneven, triangular, cowlicked, thinning"
    ),
    FeatureKey("Structure", "Eye"): _values(
        "wide-set, close-set, evenly spaced, deep-set, prominent, high-set, low-set, asymmetrical, "
        "sunken, puffy"
    ),
    FeatureKey("Structure", "Eyebrow"): _values(
        "arched, straight, gently curved, S-shaped, peaked, low-set, high-set, widely spaced, joined, upswept"
    ),
    FeatureKey("Structure", "Nose"): _values(
        "straight, crooked, high-bridged, low-bridged, wide-bridged, narrow-bridged, humped, "
        "scooped, upturned, downturned"
    ),
    FeatureKey("Structure", "Jawline"): _values(
        "strong, soft, square, rounded, angular, narrow, wide, tapered, delicate, uneven"
    ),
    FeatureKey("Texture & Features", "Skin Texture"): _values(
        "smooth, textured, fine-lined, deeply lined, weathered, dewy, matte, porous, pitted, downy"
    ),
    FeatureKey("Texture & Features", "Skin Features"): _values(
        "clear, freckled, beauty mark, scattered moles, cheek scar, birthmark, vitiligo, acne, age "
        "spots, dark circles, cleft-lip scar"
    ),
    FeatureKey("Texture & Features", "Cheek"): _values(
        "rosy, pale, ruddy, sun-kissed, glowing, blotchy, wind-chapped, sallow, thread-veined, shadowed"
    ),
    FeatureKey("Texture & Features", "Lips"): _values(
        "dry, moist, smooth, matte, cracked, finely lined, bitten, freckled, two-toned, satiny"
    ),
    FeatureKey("Color", "Eye"): _values(
        "brown, near-black, amber, hazel, green, teal, blue, ice-blue, steel-gray, violet, mismatched"
    ),
    FeatureKey("Color", "Skin Tone"): _values(
        "very fair, fair, light, beige, medium, olive, tan, bronze, brown, deep brown, very deep"
    ),
    FeatureKey("Color", "Skin Undertones"): _values(
        "warm, cool, neutral, golden, peach, pink, olive, red, copper, blue"
    ),
    FeatureKey("Expression", "Eye"): _values(
        "bright, narrowed, wide, sleepy, winking, teary, smiling, sidelong, upward, downcast"
    ),
    FeatureKey("Expression", "Eyebrow"): _values(
        "raised, furrowed, relaxed, quizzical, lowered, worried, stern, pinched, surprised, mischievous"
    ),
    FeatureKey("Expression", "Lips"): _values(
        "smiling, neutral, grinning, laughing, smirking, frowning, pouting, pursed, parted, "
        "tight-lipped, gasping"
    ),
    FeatureKey("Hair", "Hair Length"): _values(
        "bald, buzzed, close-cropped, short, ear-length, chin-length, neck-length, shoulder-length, "
        "chest-length, waist-length"
    ),
    FeatureKey("Hair", "Hair Texture"): _values(
        "straight, wavy, curly, coily, frizzy, feathered, tousled, braided, cornrowed, locs, twists"
    ),
    FeatureKey("Hair", "Hair Color"): _values(
        "black, dark brown, chestnut, light brown, auburn, red, strawberry blond, golden blond, "
        "platinum blond, gray, white, salt-and-pepper"
    ),
    FeatureKey("Hair", "Facial Hair"): _values(
        "clean-shaven, light stubble, mustache, handlebar mustache, goatee, soul patch, circle "
        "beard, mutton chops, chinstrap beard, short beard, full beard, long beard"
    ),
    FeatureKey("Person", "Age"): _values(
        "early twenties, late twenties, early thirties, late thirties, forties, fifties, sixties, "
        "seventies, eighties, nineties"
    ),
}
