"""What people and servers have set, in the real bot, over a restart."""

from pathlib import Path

import pytest

from tests.e2e.play import Json, Play, answer_of, text_of
from tests.e2e.service import play, running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def typed(hands: Play, user: str, name: str, verb: str, /, **options: object) -> str:
    """Type a subcommand and return what its private answer says."""
    command: Json = {"user": user, "channel": "portraits", "name": name, "subcommand": verb}
    result = await hands.call("POST", "slash", {**command, "options": options, "wait": "done"})
    message = answer_of(result)
    assert message["flags"] & 64
    return text_of(message)


async def test_settings_and_saved_parts_hold_over_a_restart_from_the_first_command_on(folder: Path) -> None:
    async with running(folder) as (limner, hands):
        assert "Gespeichert" in await typed(hands, "ada", "settings", "me", language="de", private=True)
        assert "Kept" in await typed(hands, "mod", "settings", "server", allow="sketch")
        assert "Mira" in await typed(hands, "ada", "seed", "save", name="Mira", seed=7, prompt_seed=5)
        assert "Fast" in await typed(hands, "ada", "preset", "save", name="Fast", options="format=png")
        await limner.kill()
        await limner.start()
        async with play(limner) as again:
            message = answer_of(await again.slash("ada", "portrait", saved="mira", preset="FAST"))
            assert message["flags"] & 64
            assert "Bild-Seed `7`" in text_of(message)
            assert message["attachments"][0]["filename"].endswith(".png")
            assert "Deine Einstellungen" in await typed(again, "ada", "settings", "me")
            assert [each["value"] for each in await again.complete("ben", "imagine", "model", "")] == [
                "sketch"
            ]
