"""Seeds of several pictures: given ones are counted on, missing ones are drawn."""

from collections.abc import Callable

from services.errors import UserError
from services.models import MAX_SEED


def check_seed(seed: int | None, field: str) -> int | None:
    """Return the seed; raises UserError("seed_out_of_range") outside 0..4294967295."""
    if seed is not None and not 0 <= seed <= MAX_SEED:
        raise UserError("seed_out_of_range", field=field, found=seed, minimum=0, maximum=MAX_SEED)
    return seed


def check_count(count: int, maximum: int = 4) -> int:
    """Return the number of pictures; raises UserError("bad_count") outside 1..maximum."""
    if not 1 <= count <= maximum:
        raise UserError("bad_count", field="count", found=count, minimum=1, maximum=maximum)
    return count


def seed_for(given: int | None, position: int, random_seed: Callable[[], int]) -> int:
    """Return the seed of picture `position`: the given one counted on, so that it can be asked for again, or a draw."""
    return random_seed() if given is None else (given + position) % (MAX_SEED + 1)
