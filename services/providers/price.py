"""What a picture costs: by the picture or by its size, by its references, and by what some parameters are set to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.models import JsonValue, Parameters

# fal bills started megapixels. Source: its price table, where 1024x768 counts as one. That 1024x1024 is still one,
# and that BFL counts alike, is assumed: the settled cost is the one that the vendor reports.
PIXELS_PER_MEGAPIXEL: Final = 1024 * 1024

Size = tuple[int, int]
"""Width and height in px."""


class PriceUnit(StrEnum):
    """What a price is for."""

    PICTURE = "picture"
    MEGAPIXEL = "megapixel"


@dataclass(frozen=True, slots=True)
class PriceRow:
    """Another price, in micro-dollars a picture, for these values of some parameters."""

    values: Mapping[str, JsonValue]
    micro_usd: int

    def fits(self, sent: Parameters) -> bool:
        """Tell whether `sent` has all these values."""
        return all(sent.get(name) == value for name, value in self.values.items())


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars a picture, or a started megapixel of it.

    `further_micro_usd` is for each started megapixel after the first, None where all cost the same;
    `reference_micro_usd` for each started megapixel of each reference picture. `most_megapixels` is what is counted
    where only the vendor knows the size, None where such a picture has no price. The first of `rows` that fits takes
    the place of `micro_usd`. `is_estimate`: whoever runs this bot wrote it, not the vendor.
    """

    micro_usd: int
    per: PriceUnit = PriceUnit.PICTURE
    further_micro_usd: int | None = None
    reference_micro_usd: int = 0
    most_megapixels: int | None = None
    rows: tuple[PriceRow, ...] = ()
    is_estimate: bool = False

    def of(self, sent: Parameters, size: Size | None, references: Sequence[Size] = ()) -> int | None:
        """Return the price of one picture in micro-dollars, None where it hangs on a size that nobody knows yet.

        `sent` are all parameters, defaults included.
        """
        own = self._of_size(size) if self.per is PriceUnit.MEGAPIXEL else self._of_values(sent)
        if own is None:
            return None
        return own + self.reference_micro_usd * sum(map(started_megapixels, references))

    def of_units(self, units: float) -> int | None:
        """Return what `units` that the vendor billed cost in micro-dollars, None where its units are not ours."""
        is_plain = self.further_micro_usd is None and not (self.reference_micro_usd or self.rows)
        return round(units * self.micro_usd) if is_plain and not self.is_estimate else None

    def _of_size(self, size: Size | None) -> int | None:
        megapixels = self.most_megapixels if size is None else started_megapixels(size)
        if megapixels is None:
            return None
        further = self.micro_usd if self.further_micro_usd is None else self.further_micro_usd
        return self.micro_usd + further * (megapixels - 1)

    def _of_values(self, sent: Parameters) -> int:
        return next((row.micro_usd for row in self.rows if row.fits(sent)), self.micro_usd)


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """What a vendor that counts tokens takes for a million of them, in micro-dollars ($5 = 5_000_000).

    The cached ones are input that the vendor had seen shortly before.
    """

    text_in: int
    image_in: int
    image_out: int
    cached_text_in: int
    cached_image_in: int


def started_megapixels(size: Size) -> int:
    """Return how many megapixels are billed for a picture of this size: 1024x1024 is one, 1025x1024 two."""
    return -(-size[0] * size[1] // PIXELS_PER_MEGAPIXEL)
