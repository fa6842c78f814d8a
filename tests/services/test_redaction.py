import threading

import pytest

from services.redaction import MASK, SHAPES, Redactor, redact
from tests.effort import processor_s

# Built from parts, so that this file itself holds nothing that a scanner takes for a live secret.
DISCORD_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + "abcdefghijklmnopqrstuvwxyz0123456789AB"
FAL_KEY = "01234567-89ab-cdef-0123-456789abcdef:" + "0123456789abcdef" * 2
INTERACTION = "aW50ZXJhY3Rpb24" + "6MTIzNDU2Nzg5MDEyMzQ1Njc4OmFiY2RlZg"
AZURE = "https://delivery-eu1.bfl.ai/r/s.jpg?se=2026-11-21T03%3A14%3A00Z&sp=r&sv=2024-11-04&sr=b&sig=c2VjcmV0Zm9v%3D"
S3 = (
    "https://s3.example/b/k?X-Amz-Credential=AKIAX%2F20261121&X-Amz-Signature=deadbeefcafe0123&x-id=GetObject"
)


@pytest.mark.parametrize(
    ("text", "canaries"),
    [
        pytest.param(f"login with {DISCORD_TOKEN} failed", [DISCORD_TOKEN], id="Discord token"),
        pytest.param(f"{{'token': '{DISCORD_TOKEN}'}}", [DISCORD_TOKEN], id="Discord token in a repr"),
        pytest.param(f"Authorization: Bot {DISCORD_TOKEN}", [DISCORD_TOKEN], id="Bot header"),
        pytest.param(f"Authorization: Key {FAL_KEY}", [FAL_KEY, FAL_KEY[-32:]], id="Key header"),
        pytest.param(f"the key is {FAL_KEY}.", [FAL_KEY, FAL_KEY[-32:]], id="bare fal key"),
        pytest.param("{'Authorization': 'Bearer canary-0123456789'}", ["canary"], id="Bearer in a repr"),
        pytest.param("{'x-key': 'canary-1234'}", ["canary"], id="x-key header"),
        pytest.param('{"key": "canary", "prompt": "a face"}', ["canary"], id="key in a JSON body"),
        pytest.param("incorrect API key sk-proj-canary0123456789 given", ["canary"], id="OpenAI key"),
        pytest.param(f"token {INTERACTION} expired", [INTERACTION], id="bare interaction token"),
        pytest.param(
            "PATCH /api/v10/webhooks/123/canary.tok-en_1/messages/@original", ["canary"], id="webhook"
        ),
        pytest.param(
            "POST /api/v10/interactions/123/canary_token/callback", ["canary"], id="interaction address"
        ),
        pytest.param("POST /hooks/fal/42.canary-mac_1 failed", ["canary"], id="our own webhook address"),
        pytest.param(
            "https://cdn.discordapp.com/a/b.png?ex=caa1&is=caa2&hm=caa3&", ["caa"], id="signed CDN address"
        ),
        pytest.param(AZURE, ["c2VjcmV0Zm9v", "2026-11-21"], id="signed BFL address"),
        pytest.param(S3, ["AKIAX", "deadbeef"], id="signed S3 address"),
        pytest.param("gAAAAABlcanarycanarycanarycanary==", ["canary"], id="Fernet token"),
        pytest.param(
            "postgresql+asyncpg://limner:canary@db.example/limner", ["canary"], id="database address"
        ),
        pytest.param("mail ada.canary@mail.example.com now", ["canary"], id="e-mail address"),
    ],
)
def test_masks_what_looks_like_a_secret(text: str, canaries: list[str]) -> None:
    redacted = redact(text)
    assert [canary for canary in canaries if canary in redacted] == []


@pytest.mark.parametrize(
    "text",
    [
        "job 12 done in 3.2 s, 1024x1024, code 7k2m9xq4",
        "https://queue.fal.run/fal-ai/flux/dev?logs=1&priority=low",
        "The Key Server has no Bot in it; Bearer of news",
        "services.jobs.engine.recovery_of_waiting_jobs: started",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "http://127.0.0.1:8480/healthz",
    ],
)
def test_leaves_ordinary_lines_alone(text: str) -> None:
    assert redact(text) == text


def test_keeps_what_helps_to_find_the_fault() -> None:
    line = redact("PATCH /api/v10/webhooks/123/tok/messages/@original?thread_id=7 gave 404")
    assert line == f"PATCH /api/v10/webhooks/123/{MASK}/messages/@original?thread_id=7 gave 404"


@pytest.mark.parametrize(
    "written", ["pass/word +1'x", "pass%2Fword%20%2B1%27x", "pass/word%20%2B1%27x", repr("pass/word +1'x\n")]
)
def test_masks_a_registered_value_however_it_is_written(written: str) -> None:
    redactor = Redactor()
    redactor.register("pass/word +1'x")
    assert "word" not in redactor.redact(f"a {written} b")


def test_masks_the_longer_of_two_secrets_whole() -> None:
    redactor = Redactor()
    redactor.register("swordfish")
    redactor.register("swordfish-and-more")
    assert redactor.redact("x swordfish-and-more y") == f"x {MASK} y"


def test_forgets_a_value_that_is_no_longer_secret() -> None:
    redactor = Redactor()
    redactor.register("swordfish")
    redactor.forget("swordfish")
    assert redactor.redact("swordfish") == "swordfish"


@pytest.mark.parametrize("value", [None, "", "     ", "abc"])
def test_ignores_values_that_would_blot_out_ordinary_words(value: str | None) -> None:
    redactor = Redactor()
    redactor.register(value)
    assert redactor.redact("abc and a     gap") == "abc and a     gap"


def test_stands_registering_and_redacting_at_once() -> None:
    redactor = Redactor()

    def register(start: int) -> None:
        for number in range(start, start + 50):
            redactor.register(f"canary-{number:06}")

    threads = [threading.Thread(target=register, args=(n * 50,)) for n in range(4)]
    for thread in threads:
        thread.start()
        redactor.redact("canary-000001")
    for thread in threads:
        thread.join()
    assert "canary" not in redactor.redact(" ".join(f"canary-{number:06}" for number in range(200)))


@pytest.mark.parametrize(
    "text",
    ["a" * 50_000, "a.b." * 12_000, "a@" * 25_000, "://" + "a:" * 20_000, "?key=" * 10_000, "-" * 50_000],
)
def test_work_grows_with_the_text_and_not_with_its_square(text: str) -> None:
    part = text[: len(text) // 16]
    # Its square would be 256 times the work.
    assert processor_s(lambda: redact(text)) < 64 * processor_s(lambda: redact(part))


def test_every_shape_has_its_own_name() -> None:
    assert len({shape.name for shape in SHAPES}) == len(SHAPES)
