"""One random stream a part, so that a new nose does not change the hair."""

import hashlib
import random


def stream(seed: int, part: str) -> random.Random:
    """Return the stream of `part`. Use only `random()` and `uniform()` of it: those are alike in every Python."""
    digest = hashlib.sha256(f"{seed}:{part}".encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))  # noqa: S311 - it paints, it protects nothing


def pick(source: random.Random, choices: tuple[str, ...]) -> str:
    """Return one of `choices`, each as likely."""
    return choices[int(source.random() * len(choices))]
