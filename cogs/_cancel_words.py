"""What a cancel says: a sentence for each stage that pictures were at, with what they cost. Pure."""

from cogs._text import dollars
from services.cancellation import CancelReport, CancelStage
from services.languages import ENGLISH, find_text, say


def cancel_text(report: CancelReport, language: str = ENGLISH) -> str:
    """Return what a cancel changed and what it could not, and what is paid all the same."""
    if report.is_too_late:
        paid = report.prices_micro_usd.get(CancelStage.STORED, 0)
        if not paid:
            return say(language, "cancel.too_late")
        return say(language, "cancel.too_late_paid", price=dollars(paid, language))
    return "\n".join(_sentence(report, stage, language) for stage in CancelStage if report.counts.get(stage))


def _sentence(report: CancelReport, stage: CancelStage, language: str) -> str:
    price, name = report.prices_micro_usd.get(stage, 0), f"cancel.{stage.name.lower()}"
    if price and find_text(language, f"{name}_paid") is not None:
        name = f"{name}_paid"
    return say(language, name, count=report.counts[stage], price=dollars(price, language))
