"""What a cancel says: a sentence for each stage that pictures were at, with what they cost. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cogs._text import dollars
from services.cancellation import CancelReport, CancelStage

TOO_LATE: Final = "Too late: it has ended already."
_TOO_LATE_PAID: Final = " It cost {price}, which is not given back."

SENTENCES: Final[Mapping[CancelStage, str]] = MappingProxyType(
    {
        CancelStage.IN_LINE: "{pictures} in line: cancelled, and nothing is charged.",
        CancelStage.ORDERING: "{pictures} being ordered this moment: what has not left yet is cancelled and costs "
        "nothing. What has left is stopped where its image service can, and else you get {them}[, for {price}].",
        CancelStage.STOPPABLE: "{pictures} at the image service already: I ask it to stop. Where it still can, nothing "
        "is charged; else you get {them}[, for {price}].",
        CancelStage.UNSTOPPABLE: "{pictures} at the image service already, which cannot be stopped there: you get "
        "{them}[, for {price}].",
        CancelStage.DOUBTFUL: "{pictures} without an answer: nobody knows whether the image service took {them}. What "
        "comes, you get; I send nothing again by myself.",
        CancelStage.PAINTED: "{pictures} painted already[ and paid for ({price})]: you get {them}.",
        CancelStage.STORED: "{pictures} finished already[ and paid for ({price})]: you get {them} with the rest.",
        CancelStage.OVER: "{pictures} ended before, without a result.",
    }
)
"""A [part] is left out for what costs nothing."""


def cancel_text(report: CancelReport) -> str:
    """Return what a cancel changed and what it could not, and what is paid all the same."""
    if report.is_too_late:
        paid = report.prices_micro_usd.get(CancelStage.STORED, 0)
        return TOO_LATE + (_TOO_LATE_PAID.format(price=dollars(paid)) if paid else "")
    lines = [_sentence(report, stage) for stage in CancelStage if report.counts.get(stage)]
    return "\n".join(lines)


def _sentence(report: CancelReport, stage: CancelStage) -> str:
    count, price = report.counts[stage], report.prices_micro_usd.get(stage, 0)
    head, separator, rest = SENTENCES[stage].partition("[")
    optional, _, tail = rest.partition("]")
    text = head + (optional if price else "") + tail if separator else head
    pictures, them = ("1 picture", "it") if count == 1 else (f"{count} pictures", "them")
    return text.format(pictures=pictures, them=them, price=dollars(price))
