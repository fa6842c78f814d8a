"""Runs the whole check and writes `docs/playground-fields.md`."""

import sys

from tests.discord_specs.schemas import NOT_SET, specs_folder
from tests.playground.mutation.check import checked
from tests.playground.mutation.report import REPORT, report_of, survivors_in


def main() -> None:
    """Write the document."""
    folder = specs_folder()
    if folder is None:
        sys.exit(NOT_SET)
    before = survivors_in(REPORT.read_text("utf-8"))
    REPORT.write_text(report_of(checked(folder, before)), "utf-8")


if __name__ == "__main__":
    main()
