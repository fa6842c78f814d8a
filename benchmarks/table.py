"""One measured row, and the table that `make bench` prints."""

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """A figure: `value` in `unit`; beside another, `against` names that one and `ratio` is ours / theirs."""

    name: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    limit: str = ""


def render(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | figure | beside | ratio | aim |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append(f"| {row.name} | {row.value:,.4g} {row.unit} | {row.against} | {ratio} | {row.limit} |")
    return "\n".join(lines)
