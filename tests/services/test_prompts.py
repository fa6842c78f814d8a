"""Prompts: good prose for every combination, the same everywhere, and nothing drawn left out."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import UserError
from services.features import FeatureFile, draw_face, load_feature_file
from services.models import MAX_SEED, DrawnFeature, Face, FeatureKey
from services.phrases import article, phrase_of
from services.prompts import SIZE_WORDS, alt_text, base_instruction, describe, write_prompt
from tests.services.prose import article_faults, faults, repeated_words

ROOT = Path(__file__).resolve().parents[2]
OURS = load_feature_file(ROOT / "face_features.json")
BRIEF = load_feature_file(ROOT / "tests" / "data" / "brief_features.json")
GOLDEN = Path(__file__).with_name("golden_prompts.txt")
BASE = (
    "Make it a 1024x1024 portrait, head and shoulders facing the camera,"
    " on a plain white background with no accessories."
)
HIDDEN_BY_A_BALD_HEAD = {"Hair Texture", "Hair Color"}

FACES = st.tuples(
    *(st.sampled_from([DrawnFeature(*k, v.text) for v in vs]) for k, vs in OURS.features.items())
)


def is_named(drawn: DrawnFeature, text: str) -> bool:
    """Tell whether a text says a drawn value: in its table's words, or in the value's own."""
    phrase = phrase_of(drawn)
    assert phrase is not None
    forms = [text for text in (phrase.text, phrase.other) if text]
    # Another adjective may stand between "rosy" and "cheeks".
    adjectives = [form.rpartition(" ")[0] for form in forms if " cheek" in form]
    said = [drawn.value, *forms, *adjectives]
    return any(words.lower() in text.lower() for words in said)


@settings(max_examples=400)
@given(FACES)
def test_every_combination_is_good_prose_of_at_most_120_words(face: Face) -> None:
    prompt = write_prompt(face)
    assert faults(prompt) == []
    assert len(prompt.split()) <= 120
    assert prompt.count(". ") == 4
    assert prompt.endswith(BASE)


@settings(max_examples=400)
@given(FACES)
def test_every_drawn_value_is_named_but_for_the_hair_of_a_bald_head(face: Face) -> None:
    prompt = write_prompt(face)
    is_bald = DrawnFeature("Hair", "Hair Length", "bald") in face
    unnamed = {drawn.name for drawn in face if not is_named(drawn, prompt)}
    assert unnamed <= (HIDDEN_BY_A_BALD_HEAD if is_bald else set())


@pytest.mark.parametrize("source", [OURS, BRIEF], ids=["ours", "the brief's"])
def test_every_pair_of_values_goes_together_in_a_sentence(source: FeatureFile) -> None:
    base = {drawn.key: drawn for drawn in draw_face(source, 4)}
    keys = list(source.features)
    for index, one in enumerate(keys):
        for other in keys[index + 1 :]:
            for first in source.features[one]:
                for second in source.features[other]:
                    pair = {one: DrawnFeature(*one, first.text), other: DrawnFeature(*other, second.text)}
                    text = describe(tuple((base | pair).values()))
                    assert faults(text) == [], text


@pytest.mark.parametrize("source", [OURS, BRIEF], ids=["ours", "the brief's"])
def test_two_thousand_drawn_faces_are_good_prose(source: FeatureFile) -> None:
    wrong = {seed: faults(write_prompt(draw_face(source, seed))) for seed in range(2000)}
    assert {seed: found for seed, found in wrong.items() if found} == {}


def test_the_reader_of_these_tests_finds_faults() -> None:
    assert article_faults("an U-shaped jaw and a oval face") == ["an U-shaped", "a oval"]
    assert repeated_words("a round face has a rounded jaw.") == ["round/rounded"]
    assert faults("The the nose is long .") != []
    assert faults("A long nose is below.") == []


def test_writes_the_twenty_prompts_that_were_read_aloud() -> None:
    seeds_and_prompts = [line.split("\t") for line in GOLDEN.read_text("utf-8").splitlines()]
    assert len(seeds_and_prompts) == 20
    for seed, prompt in seeds_and_prompts:
        assert write_prompt(draw_face(OURS, int(seed))) == prompt


@given(st.integers(0, MAX_SEED))
def test_the_same_seed_gives_the_same_prompt(seed: int) -> None:
    again = load_feature_file(ROOT / "face_features.json")
    assert write_prompt(draw_face(OURS, seed)) == write_prompt(draw_face(again, seed))


PROGRAM = """
import hashlib, sys
from pathlib import Path
from services.features import FeatureFile, draw_face, load_feature_file
from services.prompts import write_prompt
feature_file = load_feature_file(Path(sys.argv[1]))
prompts = "\\n".join(write_prompt(draw_face(feature_file, seed * 21_474_836)) for seed in range(200))
print(sys.version_info[1], hashlib.sha256(prompts.encode()).hexdigest())
"""


def digest_of_200_prompts() -> str:
    prompts = "\n".join(write_prompt(draw_face(OURS, seed * 21_474_836)) for seed in range(200))
    return hashlib.sha256(prompts.encode()).hexdigest()


def test_writes_what_it_wrote_when_this_was_written() -> None:
    assert digest_of_200_prompts() == PROMPTS_OF_200_SEEDS


def other_pythons() -> dict[str, str]:
    """Return the interpreters of this machine that Limner may run on: minor version -> program."""
    found = ((str(minor), shutil.which(f"python3.{minor}")) for minor in (11, 12, 13))
    return {
        minor: python
        for minor, python in found
        # A version manager leaves programs behind that only say that they are not installed.
        if python is not None
        and subprocess.run([python, "-V"], capture_output=True, check=False).returncode == 0
    }


def test_writes_the_same_on_every_python_of_this_machine() -> None:
    """The hash above holds each Python to it that the suite runs on; here are those that it does not run on."""
    for minor, python in other_pythons().items():
        command = [python, "-c", PROGRAM, str(ROOT / "face_features.json")]
        run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert run.stdout.split() == [minor, digest_of_200_prompts()]


@pytest.mark.parametrize("aspect", SIZE_WORDS)
def test_names_a_size_that_has_the_aspect(aspect: str) -> None:
    across, down = map(int, aspect.split(":"))
    width, height = map(int, SIZE_WORDS[aspect].split("x"))
    assert width * down == height * across
    assert f"a {width}x{height} portrait" in write_prompt(draw_face(BRIEF, 1), aspect=aspect)
    assert faults(base_instruction(aspect)) == []


@pytest.mark.parametrize("aspect", ["", "16:0", "a:b", "1e9:1", "1:1 ", "x" * 5000])
def test_refuses_an_unknown_aspect_and_names_the_known_ones(aspect: str) -> None:
    with pytest.raises(UserError) as caught:
        write_prompt((), aspect=aspect)
    assert caught.value.code == "unknown_aspect"
    assert "1:1" in str(caught.value.fields["allowed"])
    assert len(str(caught.value.fields["found"])) <= 40


def face_with(**values: str) -> Face:
    """Return the face of seed 4 with other values; a name is a feature's of ours, with _ for a space."""
    wanted = {name.replace("_", " "): value for name, value in values.items()}
    keys = {key.name: key for key in OURS.features if key.category in ("Hair", "Person", "Color")}
    return draw_face(OURS, 4, chosen={keys[name]: value for name, value in wanted.items()})


def test_a_bald_head_has_neither_texture_nor_color() -> None:
    text = describe(face_with(Hair_Length="bald", Hair_Texture="braided", Hair_Color="auburn"))
    assert "The bald head keeps the trace of an uneven hairline." in text
    assert "braided" not in text
    assert "auburn" not in text


def test_cropped_hair_is_braided_on_top_only() -> None:
    text = describe(face_with(Hair_Length="buzzed", Hair_Texture="braided", Hair_Color="auburn"))
    assert "Auburn hair, buzzed at the sides and braided on top, grows from" in text


def test_names_no_gender() -> None:
    told = " ".join(describe(draw_face(OURS, seed)) for seed in range(500)).lower().replace(".", " ").split()
    assert not {"he", "she", "his", "her", "man", "woman", "male", "female", "boy", "girl"} & set(told)


def test_names_features_that_only_the_operator_has() -> None:
    extra = (
        DrawnFeature("Shape", "Forehead", "broad"),
        DrawnFeature("Ears", "Ears", "large"),
        DrawnFeature("Color", "Eyelash", "black"),
    )
    text = describe(draw_face(BRIEF, 3) + extra)
    assert text.endswith("Their forehead is broad, their ears are large and their eyelash color is black.")
    assert faults(text) == []


@pytest.mark.parametrize(
    "value", ["star-shaped", "{a}", "{}", "100%", "Jürgen's", "odd.", "a" * 60, "two, or three"]
)
def test_inserts_any_value_of_an_operator_as_it_is(value: str) -> None:
    for key in OURS.features:
        text = describe(draw_face(OURS, 9, chosen={key: value}))
        assert value.rstrip(".").lower() in text.lower()
        assert ".." not in text


def test_finds_the_phrase_of_a_value_in_any_case() -> None:
    drawn = phrase_of(DrawnFeature("Shape", "Hairline", "Widow's Peak"))
    assert drawn is not None
    assert drawn.text == "a widow's peak"


@given(st.sets(st.sampled_from(sorted(OURS.features))), st.integers(0, MAX_SEED))
def test_a_face_that_lacks_features_is_told_without_them(missing: set[FeatureKey], seed: int) -> None:
    face = tuple(drawn for drawn in draw_face(OURS, seed) if drawn.key not in missing)
    text = describe(face)
    assert faults(text) == []
    assert text.startswith("A person")


@pytest.mark.parametrize(
    "said", ["an oval", "a U-shaped", "an M-shaped", "an S-shaped", "a European", "an hour", "a unique", "an uneven",
             "a one-sided", "an upturned", "an asymmetrical", "an honest", "a high", "an 80s", "a heart-shaped"],
)  # fmt: skip
def test_takes_the_article_by_sound(said: str) -> None:
    assert article(said.split(" ", 1)[1]) == said


def test_alt_text_tells_the_face_without_the_instruction() -> None:
    face = draw_face(OURS, 1)
    text = alt_text(face)
    assert text.startswith("Portrait sketch of a person in their ")
    assert "1024x1024" not in text
    assert text.endswith(describe(face)[20:])
    assert alt_text(face, frame="Porträt: {face}").startswith("Porträt: a person in their ")


def test_alt_text_is_cut_at_a_word_within_the_limit() -> None:
    many = tuple(DrawnFeature("More", f"Feature {n}", "value " * 9) for n in range(60))
    text = alt_text(draw_face(OURS, 1) + many)
    assert 900 < len(text) <= 1024
    assert text.endswith("…")


PROMPTS_OF_200_SEEDS = "be74dcdfd9a9fab7ef09468781b7717a71ca172d4d41df75a4b3c5859e8ca0a0"
