"""The fields that SimCord sends, as a witness for those of the local Discord."""

import asyncio

from tests.playground.simcord.field_sets import field_sets


async def test_every_kind_of_object_that_a_bot_meets_is_there() -> None:
    found = await asyncio.to_thread(field_sets)
    kinds = {
        "user", "member", "role", "channel", "thread", "guild", "message", "attachment", "interaction",
        "interaction data", "interaction metadata", "reaction", "embed", "overwrite", "command", "option",
        *(f"component {number}" for number in (1, 2, 3, 7, 8, 9, 10, 11, 12, 14, 17)),
        *(f"submitted {number}" for number in (3, 4, 5, 10, 18, 19, 21, 22, 23)),
    }  # fmt: skip
    assert kinds - found.keys() == set()
    assert found["message"] >= {"id", "author", "content", "components", "attachments", "flags", "pinned"}
    assert found["interaction"] >= {"id", "token", "data", "member", "user", "message", "locale"}
