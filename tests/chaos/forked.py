"""`python -m tests.chaos.forked`: a process that has loaded all of the service, and whose children are `bot.py VERB`.

Each start of an interpreter would load the code for a second or two; a fork has it. Nothing but code is loaded: no
thread, no loop, no open file. For each line on its input, the JSON of an order, a child takes the order's environment
and log and runs `bot.main`. The answers are lines of `number pid` at the fork and `number pid code` at the end.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import selectors
import signal
import sys
from dataclasses import dataclass
from typing import Final, TypedDict

PACKAGES: Final = ("cli", "cogs", "db", "services")
NOT_LOADED: Final = ("db.migrations.versions", "db.migrations.env")
"""Alembic loads these by itself, anew for each migration."""
DRIVERS: Final = (
    "asyncpg",
    "discord",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)


class Order(TypedDict):
    """One child that is wanted."""

    number: int
    log: str
    environment: dict[str, str]
    arguments: list[str]


def _load() -> None:
    for name in DRIVERS:
        importlib.import_module(name)
    for package in map(importlib.import_module, PACKAGES):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.startswith(NOT_LOADED):
                importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _become(order: Order) -> int:
    """Be `bot.py VERB` from here on, and return its exit code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(order["environment"])
    return importlib.import_module("bot").main(order["arguments"])  # type: ignore[no-any-return]


@dataclass(slots=True)
class Parent:
    """The process that forks, with its children by their process ids."""

    children: dict[int, int]
    wakeups: int
    unread: bytes = b""

    def say(self, *words: int) -> None:
        """Answer with one line."""
        os.write(1, (" ".join(map(str, words)) + "\n").encode())

    def reap(self) -> None:
        """Tell of every child that has ended."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wakeups, 4096)
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = ended
                self.say(self.children.pop(pid), pid, os.waitstatus_to_exitcode(status))

    def orders(self) -> list[Order] | None:
        """Return what was ordered, None once nobody orders any more."""
        read = os.read(0, 1 << 16)
        *lines, self.unread = (self.unread + read).split(b"\n")
        return [json.loads(line) for line in lines] if read else None

    def serve(self) -> int:
        """Fork until nobody orders any more; in a child, return what its verb returns."""
        waiting = selectors.DefaultSelector()
        waiting.register(0, selectors.EVENT_READ)
        waiting.register(self.wakeups, selectors.EVENT_READ)
        while True:
            readable = {key.fd for key, _ in waiting.select()}
            if self.wakeups in readable:
                self.reap()
            orders = self.orders() if 0 in readable else []
            if orders is None:
                return self.end()
            for order in orders:
                pid = os.fork()
                if pid == 0:
                    return _become(order)
                self.children[pid] = order["number"]
                self.say(order["number"], pid)

    def end(self) -> int:
        """Leave no child behind."""
        for pid in self.children:
            os.kill(pid, signal.SIGKILL)
        return 0


def main() -> int:
    """Load everything, say so, and fork."""
    _load()
    read, write = os.pipe()
    for end in (read, write):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(write)
    parent = Parent({}, read)
    parent.say(0, os.getpid())
    return parent.serve()


if __name__ == "__main__":
    sys.exit(main())
