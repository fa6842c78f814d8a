"""`bot.py prompts`: random portrait prompts on the command line, no pictures; the brief's first document as a verb."""

import argparse
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple, NoReturn, TextIO

from services.errors import StartError, UserError
from services.features import FeatureFile, draw_face, load_feature_file
from services.models import MAX_SEED, Face
from services.prompts import SIZE_WORDS, write_prompt

MAX_COUNT: Final = 10_000

_FEATURE_FILE: Final = Path(__file__).resolve().parent.parent / "face_features.json"


class _Prompt(NamedTuple):
    """One printed prompt; `pair` counts from 1, None where prompts do not come in pairs."""

    pair: int | None
    prompt_seed: int
    image_seed: int
    face: Face
    text: str


class _Parser(argparse.ArgumentParser):
    """An argument parser that raises, so that `main` ends with one message and its own exit code."""

    def error(self, message: str) -> NoReturn:
        raise StartError("bad_arguments", f"{self.prog}: {message} (see --help)")


def _whole_number(low: int, high: int, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20 and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"expected a whole number from {low} to {high}, found {text[:40]!r}")
    return int(text)


def _parser() -> _Parser:
    parser = _Parser(prog="bot.py prompts", description="Print random portrait prompts.")
    parser.add_argument("--pairs", action="store_true", help="print pairs of two different people")
    parser.add_argument("--same-seed", action="store_true", help="one image seed for both prompts of a pair")
    parser.add_argument(
        "--count",
        type=lambda text: _whole_number(1, MAX_COUNT, text),
        default=1,
        metavar="N",
        help=f"how many prompts, or pairs (1 to {MAX_COUNT}; default 1)",
    )
    parser.add_argument(
        "--prompt-seed",
        type=lambda text: _whole_number(0, MAX_SEED, text),
        metavar="S",
        help=f"the first prompt seed (0 to {MAX_SEED}); the same one prints the same again. Default: random",
    )
    parser.add_argument("--aspect", choices=SIZE_WORDS, default="1:1", help="of the picture (default 1:1)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--features", type=Path, default=_FEATURE_FILE, metavar="FILE", help="feature file")
    return parser


def _image_seed(prompt_seed: int) -> int:
    """Return an image seed that follows from the prompt seed, so that a given seed prints the same again."""
    return int.from_bytes(hashlib.sha256(f"{prompt_seed}:image".encode()).digest()[:4], "big")


def _prompts(feature_file: FeatureFile, arguments: argparse.Namespace) -> Iterator[_Prompt]:
    """Give the prompts in order; prompt seeds count up from the first, and begin at 0 again after the highest."""
    given: int | None = arguments.prompt_seed
    first = secrets.randbelow(MAX_SEED + 1) if given is None else given
    size = 2 if arguments.pairs else 1
    for index in range(arguments.count * size):
        prompt_seed = (first + index) % (MAX_SEED + 1)
        # Without pairs there is nothing to share a seed with but all of them.
        shared = (first + index - index % size) % (MAX_SEED + 1) if arguments.pairs else first
        image_seed = _image_seed(shared if arguments.same_seed else prompt_seed)
        face = draw_face(feature_file, prompt_seed)
        text = write_prompt(face, aspect=arguments.aspect)
        yield _Prompt(index // 2 + 1 if arguments.pairs else None, prompt_seed, image_seed, face, text)


def _as_json(prompt: _Prompt) -> str:
    features: dict[str, dict[str, str]] = {}
    for category, name, value in prompt.face:
        features.setdefault(category, {})[name] = value
    pair = {} if prompt.pair is None else {"pair": prompt.pair}
    seeds = {"prompt_seed": prompt.prompt_seed, "image_seed": prompt.image_seed}
    return json.dumps({**pair, **seeds, "prompt": prompt.text, "features": features}, ensure_ascii=False)


def _as_text(prompt: _Prompt) -> str:
    pair = "" if prompt.pair is None else f"pair {prompt.pair}, "
    return f"[{pair}prompt seed {prompt.prompt_seed}, image seed {prompt.image_seed}]\n{prompt.text}\n"


def _print_all(feature_file: FeatureFile, arguments: argparse.Namespace, out: TextIO) -> None:
    for prompt in _prompts(feature_file, arguments):
        print(_as_json(prompt) if arguments.json else _as_text(prompt), file=out)
    out.flush()


def main(argv: list[str]) -> int:
    """Print prompts and return the exit code: 0, or 2 with one message for a bad argument or feature file."""
    try:
        arguments = _parser().parse_args(argv)
        _print_all(load_feature_file(arguments.features), arguments, sys.stdout)
    except (StartError, UserError) as error:
        print(error, file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader (`| head`) has gone: Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
