"""Which way a result takes, row by row."""

import pytest

from services.jobs.courier import Rung
from services.jobs.ladder import (
    DEATHS_PER_RUNG,
    LADDERS,
    NONCE_COVERS_S,
    Look,
    Step,
    Tried,
    next_step,
    open_rungs,
)
from services.models import Installation, OriginKind, Visibility

ORIGINAL, CHANNEL, DIRECT = Rung.ORIGINAL, Rung.CHANNEL, Rung.DIRECT
PUBLIC, PRIVATE = Visibility.PUBLIC, Visibility.PRIVATE
GUILD, USER = Installation.GUILD, Installation.USER
INTERACTION, REACTION = OriginKind.INTERACTION, OriginKind.REACTION

ROWS = (
    (PUBLIC, GUILD, INTERACTION, (ORIGINAL, CHANNEL, DIRECT)),
    (PUBLIC, USER, INTERACTION, (ORIGINAL, DIRECT)),
    (PRIVATE, GUILD, INTERACTION, (ORIGINAL, DIRECT)),
    (PRIVATE, USER, INTERACTION, (ORIGINAL, DIRECT)),
    (PUBLIC, GUILD, REACTION, (CHANNEL, DIRECT)),
    (PUBLIC, USER, REACTION, (DIRECT,)),
    (PRIVATE, GUILD, REACTION, (DIRECT,)),
    (PRIVATE, USER, REACTION, (DIRECT,)),
)


@pytest.mark.parametrize(("visibility", "installation", "origin", "rungs"), ROWS)
def test_takes_the_rungs_of_the_table(
    visibility: Visibility, installation: Installation, origin: OriginKind, rungs: tuple[Rung, ...]
) -> None:
    assert LADDERS[(visibility, installation, origin)] == rungs


def test_has_a_ladder_for_every_kind_of_request() -> None:
    assert len(ROWS) == len(LADDERS) == len(Visibility) * len(Installation) * len(OriginKind)


def test_never_posts_a_private_result_in_a_channel() -> None:
    assert all(CHANNEL not in rungs for key, rungs in LADDERS.items() if key[0] is PRIVATE)


@pytest.mark.parametrize(
    ("is_token_alive", "allows", "rungs"),
    [
        (True, True, (ORIGINAL, CHANNEL, DIRECT)),
        (False, True, (CHANNEL, DIRECT)),
        (True, False, (ORIGINAL, CHANNEL)),
        (False, False, (CHANNEL,)),
    ],
)
def test_leaves_out_what_is_closed_from_the_start(
    is_token_alive: bool, allows: bool, rungs: tuple[Rung, ...]
) -> None:
    ladder = (ORIGINAL, CHANNEL, DIRECT)
    assert open_rungs(ladder, is_token_alive=is_token_alive, allows_direct_messages=allows) == rungs


def tried(rung: Rung, outcome: str | None, age_s: float = 1.0) -> Tried:
    return Tried(rung, age_s, 1_000_000, outcome)


ALL = (ORIGINAL, CHANNEL, DIRECT)


@pytest.mark.parametrize(
    ("case", "history", "step"),
    [
        ("begins at the top", [], Step(ORIGINAL)),
        ("goes down after a refusal", [tried(ORIGINAL, "refused")], Step(CHANNEL)),
        ("stays when asked to wait", [tried(ORIGINAL, "later")] * 5, Step(ORIGINAL)),
        ("repeats an edit as long as its token lives", [tried(ORIGINAL, "uncertain")] * 9, Step(ORIGINAL)),
        ("repeats an edit after a crash", [tried(ORIGINAL, None)], Step(ORIGINAL)),
        (
            "looks before it posts after an uncertain edit",
            [tried(ORIGINAL, "uncertain"), tried(ORIGINAL, "refused")],
            Step(CHANNEL, (Look(CHANNEL, 1_000_000),)),
        ),
        (
            "trusts a young nonce",
            [tried(ORIGINAL, "refused"), tried(CHANNEL, "uncertain", NONCE_COVERS_S - 1)],
            Step(CHANNEL),
        ),
        (
            "looks once the nonce is old",
            [tried(ORIGINAL, "refused"), tried(CHANNEL, None, NONCE_COVERS_S + 1)],
            Step(CHANNEL, (Look(CHANNEL, 1_000_000),)),
        ),
        (
            "looks in the channel before a direct message",
            [tried(ORIGINAL, "refused"), tried(CHANNEL, "uncertain"), tried(CHANNEL, "refused")],
            Step(DIRECT, (Look(CHANNEL, 1_000_000),)),
        ),
        (
            "looks in the direct messages before another one",
            [tried(ORIGINAL, "refused"), tried(CHANNEL, "refused"), tried(DIRECT, None, NONCE_COVERS_S + 1)],
            Step(DIRECT, (Look(DIRECT, 1_000_000),)),
        ),
        (
            "gives a rung up that was lost three times",
            [tried(ORIGINAL, "refused"), *[tried(CHANNEL, "uncertain")] * 3],
            Step(DIRECT, (Look(CHANNEL, 1_000_000),)),
        ),
        (
            "goes on with a rung over which three workers died",
            [tried(ORIGINAL, "refused"), *[tried(CHANNEL, None)] * 3],
            Step(CHANNEL),
        ),
        (
            "gives a rung up over which worker after worker dies",
            [tried(ORIGINAL, "refused"), *[tried(CHANNEL, None)] * DEATHS_PER_RUNG],
            Step(DIRECT, (Look(CHANNEL, 1_000_000),)),
        ),
        (
            "parks what may stand among more than can be read",
            [tried(ORIGINAL, "refused"), tried(CHANNEL, "uncertain"), tried(CHANNEL, "unseen")],
            None,
        ),
        ("parks at the end", [tried(rung, "refused") for rung in ALL], None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_chooses_the_next_step(case: str, history: list[Tried], step: Step | None) -> None:
    assert next_step(ALL, history) == step, case
