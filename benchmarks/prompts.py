"""How many prompts are drawn and written in a second, on one core."""

import asyncio
import time
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.table import Row
from services.features import FeatureFile, draw_face, load_feature_file
from services.prompts import write_prompt

PROMPTS: Final = 20_000
ROUNDS: Final = 5
AIM_PER_S: Final = 20_000

_FEATURE_FILE: Final = Path(__file__).resolve().parent.parent / "face_features.json"


def _prompts_per_s(feature_file: FeatureFile) -> float:
    """Return the median of a few rounds, each over seeds that were not drawn before."""
    rounds_s = []
    for round_number in range(ROUNDS):
        seeds = range(round_number * PROMPTS, (round_number + 1) * PROMPTS)
        start = time.perf_counter()
        for seed in seeds:
            write_prompt(draw_face(feature_file, seed))
        rounds_s.append(time.perf_counter() - start)
    return PROMPTS / median(rounds_s)


async def measure() -> list[Row]:
    """Return the figures of prompts, measured in a thread."""
    feature_file = load_feature_file(_FEATURE_FILE)
    per_s = await asyncio.to_thread(_prompts_per_s, feature_file)
    return [Row("prompts drawn and written", per_s, "prompts/s", limit=f">= {AIM_PER_S:,}/s")]
