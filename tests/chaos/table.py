"""The table that a run prints, and that `docs/reliability.md` keeps."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.verdict import Verdict

HEAD = ("mode", "kills", "typed", "accepted", "delivered", "told", "orphans", "violations")


@dataclass(frozen=True, slots=True)
class Row:
    """One mode of a run, or one of its cases, with the verdict."""

    mode: str
    verdict: Verdict

    @property
    def cells(self) -> tuple[str, ...]:
        """Return what stands in the table."""
        v = self.verdict
        figures = (v.kills, v.typed, v.accepted, v.delivered, v.told, v.orphans, len(v.violations))
        return (self.mode, *(str(figure) for figure in figures))


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a table of Markdown."""
    lines = [HEAD, tuple("-" * len(word) for word in HEAD), *(row.cells for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
