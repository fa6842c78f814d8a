"""JSON as it goes over the wire: compact, and read strictly, since whatever comes in may be written down again."""

import json
import math
from typing import Any, NoReturn

COMPACT = (",", ":")


def parsed(text: str | bytes) -> Any:  # noqa: ANN401 (any JSON value)
    """Return what a JSON text holds; raises `ValueError` for everything else.

    Also for what Python alone reads (NaN, Infinity, 1e999) and for what is nested too deeply for it.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _finite(text: str) -> float:
    return number if math.isfinite(number := float(text)) else _refuse(text)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
