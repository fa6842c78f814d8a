"""Named places at which the kill harness ends the process: `LIMNER_CRASH_AT=point[:n]`, at the n-th pass.

Without that variable a call is one comparison. `bot.py` arms it before it runs a verb; nothing else does.
"""

import os
import signal
from dataclasses import dataclass
from typing import Final

from services.errors import StartError


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """One place: the row of the fault matrix, the function that passes it, and what has happened by then."""

    name: str
    row: str
    file: str
    function: str
    moment: str


_JOBS: Final = "services/jobs"

POINTS: Final = {
    point.name: point
    for point in (
        CrashPoint("accept.before_row", "K1", f"{_JOBS}/acceptance.py", "accept",
                   "the command is acknowledged, its request is not written"),
        CrashPoint("accept.after_row", "K2", f"{_JOBS}/acceptance.py", "accept",
                   "the request is committed, the first answer does not say so yet"),
        CrashPoint("submit.claimed", "K3", f"{_JOBS}/submitting.py", "_ready",
                   "the attempt is committed, its mark `sent` is not"),
        CrashPoint("submit.marked", "K4", f"{_JOBS}/submitting.py", "submit",
                   "the mark `sent` is committed, the POST has not begun"),
        CrashPoint("submit.answered", "K5", f"{_JOBS}/submitting.py", "submit",
                   "the provider has accepted, its answer is not committed"),
        CrashPoint("look.begun", "K6", f"{_JOBS}/polling.py", "look",
                   "the order waits, a look at it was taken and has not been made"),
        CrashPoint("look.answered", "K6", f"{_JOBS}/polling.py", "_see",
                   "the look has its answer, which is not committed"),
        CrashPoint("webhook.before_commit", "K7", f"{_JOBS}/webhooks.py", "_apply",
                   "the call is proved, its effect is not committed"),
        CrashPoint("webhook.after_commit", "K8", f"{_JOBS}/webhooks.py", "_apply",
                   "the call's effect is committed, the sender has no answer"),
        CrashPoint("fetch.begun", "K9", "services/http.py", "_exchange",
                   "the answer with the picture has begun, its bytes have not all come"),
        CrashPoint("store.half_written", "K9", "services/images/folder_store.py", "_write",
                   "the picture's temporary file is written and has no name yet"),
        CrashPoint("store.renamed", "K10", f"{_JOBS}/storing.py", "keep",
                   "the picture's file is safe, its row is not written"),
        CrashPoint("settle.half_done", "K13", "db/jobs/moves.py", "keep_picture",
                   "inside the transaction: the job has moved, its picture's row is not written"),
        CrashPoint("settle.committed", "K13", f"{_JOBS}/storing.py", "keep",
                   "picture and settlement are committed, nobody works on the delivery"),
        CrashPoint("refund.half_done", "K13", "db/jobs/moves.py", "end_without_picture",
                   "inside the transaction: the job has ended, its attempt and its delivery have not moved"),
        CrashPoint("refund.committed", "K13", f"{_JOBS}/ending.py", "end_without_picture",
                   "the end without a picture is committed, nobody works on the delivery"),
        CrashPoint("deliver.before_post", "K11", f"{_JOBS}/delivering.py", "_try",
                   "the rung's row is committed, nothing was sent to Discord"),
        CrashPoint("deliver.posted", "K12", f"{_JOBS}/delivering.py", "_try",
                   "Discord has the message, its id is not committed"),
        CrashPoint("cancel.committed", "K13", "services/cancellation.py", "cancel",
                   "the cancel is committed, its owner has no answer"),
        CrashPoint("cancel.answered", "K13", f"{_JOBS}/polling.py", "_cancel",
                   "the provider has stopped the order, which is not committed"),
        CrashPoint("delete.row_gone", "K14", "services/history.py", "delete_picture",
                   "the picture's row is deleted, its file is there"),
        CrashPoint("clear.found", "K14", f"{_JOBS}/clearing.py", "_try",
                   "the messages of a deleted picture are found, none of them was touched"),
        CrashPoint("takedown.noted", "K14", "services/takedowns.py", "take_down",
                   "a picture is noted as taken down, the results that show it are there"),
        CrashPoint("upload.put", "K10", "services/uploads.py", "_kept",
                   "the file of a brought picture is safe, its row is not written"),
        CrashPoint("upload.kept", "K1", "services/uploads.py", "_kept",
                   "the row of a brought picture is committed, what it was brought for is not accepted"),
        CrashPoint("forget.row_gone", "K14", "services/own_uploads.py", "_forgotten",
                   "the rows of brought pictures are deleted, their files are there"),
        CrashPoint("rotate.batch_done", "K14", "services/key_rotation.py", "rotate",
                   "a batch of keys is sealed with the new master key"),
        CrashPoint("rotate.all_done", "K14", "cli/keys.py", "_rotate_file",
                   "all keys are sealed with the new master key, the old one is still in the file"),
        CrashPoint("migrate.statement", "K15", "db/migrations/steps.py", "_pass_statement",
                   "a migration is about to execute its n-th statement"),
    )
}  # fmt: skip
"""Every point. `tests/services/test_crash_points.py` compares it with the calls in the code."""


class _Countdown:
    """Ends the process at the n-th pass of one point."""

    def __init__(self, name: str, passes: int) -> None:
        self._name = name
        self._left = passes

    def pass_by(self, name: str) -> None:
        if name != self._name:
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


_armed: _Countdown | None = None


def crash_point(name: str) -> None:
    """Pass a point of the table: the process dies here where the kill harness asked for it, like by a power cut."""
    if _armed is not None:
        _armed.pass_by(name)


def arm(crash_at: str) -> None:
    """Take up `point[:n]` (n from 1, 1 where it is left out); nothing is armed by an empty text.

    Raises StartError("bad_crash_point") for a point that does not exist and a count that is none.
    """
    global _armed  # noqa: PLW0603 - one process, one death
    name, _, count = crash_at.strip().partition(":")
    if not name:
        _armed = None
        return
    if name not in POINTS:
        known = ", ".join(POINTS)
        raise StartError(
            "bad_crash_point", f"LIMNER_CRASH_AT: there is no point {name!r}; there is: {known}."
        )
    if count and not (count.isascii() and count.isdigit() and int(count) > 0):
        raise StartError("bad_crash_point", f"LIMNER_CRASH_AT: {count!r} is no number of passes from 1.")
    _armed = _Countdown(name, int(count or 1))
