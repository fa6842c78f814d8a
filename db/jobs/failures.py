"""Jobs that ended without a picture: what is kept of the error, what it cost, and how the books are closed."""

from sqlalchemy.engine import Connection

from db.money import ledger
from services.models import JsonValue

ErrorJson = dict[str, JsonValue]


def is_charged(error: ErrorJson | None) -> bool:
    """Return whether the provider says that it charges for what it withheld."""
    return error is not None and error.get("charged") is True


def cost_of(error: ErrorJson | None, outcome: ErrorJson | None, price_micro_usd: int) -> int:
    """Return what a job without a picture cost: what the provider said of it, else its price."""
    said = [(each or {}).get("cost_micro_usd") for each in (error, outcome)]
    return next((cost for cost in said if isinstance(cost, int)), price_micro_usd)


def shown_error(error: ErrorJson | None) -> ErrorJson | None:
    """Return what a job keeps of an error, which people see: all but what the provider said itself."""
    if error is None:
        return None
    kept = {name: value for name, value in error.items() if name != "vendor_text"}
    return {**kept, "has_details": bool(error.get("vendor_text"))}


def close_books(
    conn: Connection, job_id: int, error: ErrorJson | None, cost_micro_usd: int | None, *, is_open: bool
) -> None:
    """Enter the end of a job without a picture: its user pays only for what the provider charged.

    `cost_micro_usd` is what the paying account lost, None where it lost nothing or, with `is_open`, nobody knows.
    """
    if is_charged(error):
        ledger.settle(conn, job_id, cost_micro_usd)
    elif is_open and cost_micro_usd is None:
        ledger.leave_open(conn, job_id)
    else:
        ledger.release(conn, job_id, cost_micro_usd or 0)
