"""A running request as a layout: its place in the line, a bar, the provider's own words and Cancel. Pure."""

from typing import Final

from discord import ui

from cogs._ids import Verb, job_item_id
from cogs._layout import button, row, text_view
from cogs._offers import again_button
from cogs._text import dollars, duration, escape
from services.jobs.courier import ProgressReport
from services.languages import ENGLISH, say

_BAR_CELLS: Final = 12
_MOST_GUESSED: Final = 0.95
"""A guess by the clock never claims to be done."""

_LONGEST_LOG_LINE: Final = 150


def progress_view(report: ProgressReport, language: str = ENGLISH) -> ui.LayoutView:
    """Return the message of a running request."""
    lines = [_headline(report, language)]
    if report.place is not None and report.wait_s is not None:
        lines.append(f"-# {say(language, 'progress.expected', wait=duration(report.wait_s, language))}")
    fraction = done_fraction(report)
    if fraction is not None:
        lines.append(f"`{bar(fraction)}` {_time_line(report, language)}")
    lines += [f"-# {small}" for small in _small_print(report, language)]
    buttons = [button(say(language, "progress.cancel"), job_item_id(Verb.CANCEL, report.first_job_id))]
    if report.doubtful_job_id is not None:
        price = report.price_micro_usd
        buttons.append(again_button(report.doubtful_job_id, report.model, price, language))
    return text_view("\n".join(lines), rows=[row(*buttons)])


def done_fraction(report: ProgressReport) -> float | None:
    """Return how much of the request is done, 0..1: as the provider says, else by the clock; None while it waits."""
    if report.place is not None:
        return None
    if report.fraction is not None:
        return min(max(report.fraction, 0.0), 1.0)
    if report.expected_s:
        return min(report.elapsed_s / report.expected_s, _MOST_GUESSED)
    return None


def bar(fraction: float) -> str:
    """Return a bar of `_BAR_CELLS` cells."""
    full = round(fraction * _BAR_CELLS)
    return "▰" * full + "▱" * (_BAR_CELLS - full)


def _headline(report: ProgressReport, language: str) -> str:
    """Return what happens right now."""
    model = escape(report.model)
    if report.doubtful_job_id is not None:
        return f"❔ {say(language, 'progress.in_doubt', model=model)}"
    if report.place:
        return f"⏳ {say(language, 'progress.waiting', model=model, count=report.place)}"
    if report.place == 0:
        return f"⏳ {say(language, 'progress.next', model=model)}"
    if report.pictures_total == 1:
        return f"🎨 {say(language, 'progress.painting', model=model)}"
    done, total = report.pictures_done, report.pictures_total
    return f"🎨 {say(language, 'progress.painting_several', model=model, done=done, total=total)}"


def _small_print(report: ProgressReport, language: str) -> list[str]:
    """Return the last lines: what it costs and what its provider says, or that it is in doubt."""
    if report.doubtful_job_id is not None:
        return [say(language, "progress.not_again")]
    price = [_price(report, language)] if report.total_micro_usd else []
    return [*price, escape(report.log_line, _LONGEST_LOG_LINE)] if report.log_line else price


def _price(report: ProgressReport, language: str) -> str:
    """Return what the whole request costs: the vendor's figure, which may differ a little, is known afterwards."""
    price = dollars(report.total_micro_usd, language)
    return say(language, "progress.price", price=price, count=report.pictures_total)


def _time_line(report: ProgressReport, language: str) -> str:
    """Return how long it has run, beside how long it usually takes."""
    elapsed = duration(report.elapsed_s, language)
    if not report.expected_s:
        return elapsed
    return say(language, "progress.time", elapsed=elapsed, expected=duration(report.expected_s, language))
