"""`bot.py prompts`: what is printed, what is refused, and that it starts light."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.prompts import main
from services.features import draw_face, load_feature_file
from services.prompts import write_prompt

ROOT = Path(__file__).resolve().parents[2]
BRIEF = ROOT / "tests" / "data" / "brief_features.json"


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert main([*arguments, "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_prints_one_prompt_with_its_seeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--prompt-seed", "7"]) == 0
    tag, prompt, blank = capsys.readouterr().out.split("\n", 2)
    assert tag.startswith("[prompt seed 7, image seed ")
    assert prompt == write_prompt(draw_face(load_feature_file(ROOT / "face_features.json"), 7))
    assert blank == "\n"


def test_prints_pairs_of_different_people_each_with_its_own_seed(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--pairs", "--count", "3", "--prompt-seed", "5")
    assert [row["pair"] for row in found] == [1, 1, 2, 2, 3, 3]
    assert len({row["image_seed"] for row in found}) == 6
    assert len({row["prompt"] for row in found}) == 6


def test_shares_one_image_seed_in_each_pair_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--pairs", "--same-seed", "--count", "2")
    seeds = [row["image_seed"] for row in found]
    assert [seeds[0] == seeds[1], seeds[2] == seeds[3], seeds[1] == seeds[2]] == [True, True, False]
    assert found[0]["prompt"] != found[1]["prompt"]


def test_shares_one_image_seed_among_all_without_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    found = rows(capsys, "--same-seed", "--count", "3")
    assert len({row["image_seed"] for row in found}) == 1
    assert "pair" not in found[0]


def test_prints_the_same_again_for_a_given_seed(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--pairs", "--count", "2", "--prompt-seed", "4294967295")
    found = rows(capsys, *arguments)
    assert found == rows(capsys, *arguments)
    assert [row["prompt_seed"] for row in found] == [4294967295, 0, 1, 2]


def test_draws_at_random_without_a_seed(capsys: pytest.CaptureFixture[str]) -> None:
    assert rows(capsys)[0]["prompt_seed"] != rows(capsys)[0]["prompt_seed"]


def test_reads_the_example_file_of_the_brief(capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = rows(capsys, "--features", str(BRIEF), "--aspect", "3:4")
    features = found["features"]
    assert isinstance(features, dict)
    assert list(features) == ["Shape", "Structure", "Texture & Features", "Color", "Expression"]
    assert "768x1024 portrait" in str(found["prompt"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "--count: expected a whole number from 1 to 10000, found '0'"),
        (["--count", "10001"], "found '10001'"),
        (["--count", "²"], "found '²'"),
        (["--prompt-seed", "-1"], "--prompt-seed"),
        (["--prompt-seed", "4294967296"], "expected a whole number from 0 to 4294967295"),
        (["--prompt-seed", "1.5"], "found '1.5'"),
        (["--prompt-seed", "9" * 5000], "expected a whole number"),
        (["--aspect", "16:0"], "--aspect"),
        (["--wings"], "unrecognized arguments: --wings"),
        (["--features", "/nonexistent.json"], "/nonexistent.json: there is no such file"),
    ],
)
def test_ends_with_code_2_and_one_message(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert captured.err.count("\n") == 1


def test_imports_neither_discord_nor_a_database() -> None:
    heavy = ("discord", "sqlalchemy", "aiohttp")
    program = f"import sys; import cli.prompts; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout == "[]\n"


def test_stops_quietly_when_its_reader_has_gone() -> None:
    program = "import sys; from cli.prompts import main; sys.exit(main(['--count', '3000']))"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
