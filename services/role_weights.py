"""How much of their server's share the members of a role get: `/budget weight`."""

from db.jobs import role_weights
from db.jobs.fairness import LARGEST_WEIGHT
from services.context import Context
from services.errors import UserError


async def set_weight(context: Context, guild_id: int, role_id: int, weight: int, *, set_by: int) -> None:
    """Give a role a weight; it counts for what is asked for from now on.

    Raises UserError("bad_weight") for one that is not 1..10, StorageError.
    """
    if not 1 <= weight <= LARGEST_WEIGHT:
        raise UserError("bad_weight", field="weight", found=weight, maximum=LARGEST_WEIGHT)
    await context.database.write(role_weights.put_weight, guild_id, role_id, weight, set_by)


async def list_weights(context: Context, guild_id: int) -> dict[int, int]:
    """Return the weight by role id of the server's roles that have one, the heaviest first."""
    return await context.database.read(role_weights.list_weights, guild_id)
