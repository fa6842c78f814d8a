"""With LIMNER_REQUIRE_ALL=1 a test that is skipped or expected to fail is a failure.

Where everything is installed, a skip hides a test that nobody runs. Only the tests that need Discord's own API
description may be skipped, with a reason that begins with DISCORD_SPECS: it is not part of this repository.
"""

import os
from collections.abc import Generator

import pytest

ALLOWED_REASON = "DISCORD_SPECS"

Report = pytest.TestReport | pytest.CollectReport


def _is_required() -> bool:
    return os.environ.get("LIMNER_REQUIRE_ALL") == "1"


def _reason_of(report: Report) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(getattr(report, "wasxfail", "") or report.longrepr)


def _refuse_skip(report: Report) -> None:
    was_expected_to_fail = hasattr(report, "wasxfail")
    if not report.skipped and not was_expected_to_fail:
        return
    reason = _reason_of(report)
    if reason.startswith(ALLOWED_REASON) and not was_expected_to_fail:
        return
    if was_expected_to_fail:
        del report.wasxfail
    report.outcome = "failed"
    report.longrepr = f"LIMNER_REQUIRE_ALL=1 allows no skipped test and no expected failure: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Judge a test that did not run or was expected to fail."""
    report = yield
    if _is_required():
        _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Judge a module that asked to be left out as a whole."""
    report = yield
    if _is_required():
        _refuse_skip(report)
    return report
