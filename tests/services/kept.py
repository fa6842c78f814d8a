"""Characters as tests keep them."""

from dataclasses import replace

from services.asks import Viewer
from services.character_keeping import NewCharacter, create_character, plan_character
from services.characters import Character
from tests.services.studio import ADA, BEN, GUILD, Studio

OWNER, NEIGHBOUR = Viewer(ADA, GUILD), Viewer(BEN, GUILD)
GIRL = "A young girl with short red hair, wearing a purple dress and white shoes"


async def kept(
    studio: Studio,
    name: str = "Mira",
    description: str = GIRL,
    *,
    features: str = "",
    references: str = "",
    viewer: Viewer = OWNER,
) -> Character:
    """Return a new character."""
    plan = plan_character(studio.context, NewCharacter(name, description, features, references))
    return await create_character(studio.context, viewer, plan)


def with_most(studio: Studio, most: int) -> None:
    """Let one person keep so many characters."""
    studio.context = replace(studio.context, limits=replace(studio.context.limits, most_characters=most))
