"""SQLAlchemy's asynchronous engine without its ORM, which nothing here uses and which takes 6 MB of every process.

The package `sqlalchemy.ext.asyncio` imports the engine and the ORM's sessions alike. Here it is entered without being
run, so that its engine can be imported alone; whoever asks the package itself for anything gets all of it.
"""

import importlib.util
import sys
from types import ModuleType
from typing import Any, Final

from sqlalchemy.util import concurrency, greenlet_spawn

__all__ = ["create_async_engine", "greenlet_spawn"]

_PACKAGE: Final = "sqlalchemy.ext.asyncio"


def _enter_without_orm() -> None:
    """Enter the package as one that runs once something is asked of it; nothing is done where it has run."""
    spec = None if _PACKAGE in sys.modules else importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.loader is None:
        return
    loader, package = spec.loader, importlib.util.module_from_spec(spec)

    def run(name: str) -> Any:  # noqa: ANN401 - whatever the package has
        if name.startswith("__") or importlib.util.find_spec(f"{_PACKAGE}.{name}") is not None:
            raise AttributeError(name)  # a module of the package, which Python imports by itself then
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    _enter(package, run)


def _enter(package: ModuleType, run: object) -> None:
    package.__dict__["__getattr__"] = run
    sys.modules[_PACKAGE] = package
    # The one thing that the package does beside importing. Source: SQLAlchemy 2.1, ext/asyncio/__init__.py.
    concurrency._concurrency_shim._initialize()  # noqa: SLF001 - as above


_enter_without_orm()

from sqlalchemy.ext.asyncio.engine import create_async_engine  # noqa: E402 - not before
