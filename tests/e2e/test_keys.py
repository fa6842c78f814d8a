"""A person's own key in the real process: over a restart and a change of the master key, and in no file."""

import json
from pathlib import Path
from uuid import uuid4

from tests.e2e.play import Play, answer_of, gallery, text_of
from tests.e2e.service import play, running

MODEL = "bfl/flux-pro-1.1"


async def let_take(folder: Path, hands: Play, key: str) -> None:
    """Let the stand-in of Black Forest Labs that runs now take a key, and paint at once."""
    control = json.loads((folder / "providers.json").read_text("utf-8"))["control"]
    for name, body in (("keys", {"provider": "bfl", "key": key}), ("pace", {"seconds": 0})):
        async with hands.session.post(f"{control}/{name}", json=body) as answer:
            assert answer.status < 300


async def add_key(hands: Play, key: str) -> str:
    """Add a key by the command and its form; return what the bot says."""
    command = {"user": "ada", "channel": "portraits", "name": "keys", "subcommand": "add"}
    opened = await hands.call("POST", "slash", command | {"options": {"provider": "bfl"}})
    filled = {
        "user": "ada",
        "interaction_id": opened["interaction_id"],
        "fields": {"key": key},
        "wait": "done",
    }
    return text_of(answer_of(await hands.call("POST", "submit", filled)))


async def paid_by(hands: Play) -> str:
    """Ask for a picture and return what the message with it says."""
    painted = answer_of(await hands.slash("ada", "imagine", prompt="a lighthouse keeper", model=MODEL))
    assert len(gallery(painted)) == 1, text_of(painted)
    return text_of(painted)


def files_of_the_bot(folder: Path) -> dict[str, bytes]:
    """Return every file but the local Discord's own, which has kept the form as it was sent."""
    files = (path for path in folder.rglob("*") if path.is_file() and "playground" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


async def test_a_key_outlives_a_restart_and_another_master_key_and_stands_in_no_file(folder: Path) -> None:
    key = str(uuid4())
    settings = {"LIMNER_PLAYGROUND": "providers", "LIMNER_MASTER_KEY": "", "LOG_LEVEL": "DEBUG"}
    async with running(folder, **settings) as (limner, hands):
        await let_take(folder, hands, key)
        assert f"ending in `{key[-4:]}`" in await add_key(hands, key)
        assert "the asker's own account" in await paid_by(hands)
        assert await limner.stop() == 0
        before = (folder / "master.key").read_bytes()
        assert await (await limner.spawn("keys", "rotate")).wait() == 0, limner.log
        assert (folder / "master.key").read_bytes() != before
        assert (folder / "master.key.old").read_bytes() == before
        (folder / "master.key.old").unlink()
        await limner.start()
        async with play(limner) as hands_again:
            await let_take(folder, hands_again, key)
            assert "the asker's own account" in await paid_by(hands_again)
        assert await limner.stop() == 0
        files = files_of_the_bot(folder)
        assert {"limner.db", "bot.log"} <= set(files)
        assert [name for name, data in files.items() if key.encode() in data] == []


async def test_the_wrong_master_key_stops_the_start_with_one_sentence(folder: Path) -> None:
    key = str(uuid4())
    settings = {"LIMNER_PLAYGROUND": "providers", "LIMNER_MASTER_KEY": ""}
    async with running(folder, **settings) as (limner, hands):
        await let_take(folder, hands, key)
        await add_key(hands, key)
        assert await limner.stop() == 0
        (folder / "master.key").unlink()
        refused = await limner.spawn()
        assert await refused.wait() == 2
        assert "is sealed with another master key" in limner.log
        assert "Traceback" not in limner.log
