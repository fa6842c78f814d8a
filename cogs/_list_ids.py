"""Custom ids of the buttons under a list of pictures: their grammar, building them and reading them.

    v1:list:<older|newer>:<owner's user id>:<row id>:<recipe id>

They turn the page: towards older or newer pictures than the recipe at its edge. The row says what the list was asked
for; 0 is everything. So a page needs no memory of ours and works after any restart.
"""

import re
from typing import Final

from db.pictures.listings import Edge
from services.errors import BugError, UserError
from services.looking_up import Listing

_NUMBER: Final = "(?:0|[1-9][0-9]{0,19})"
LIST_TEMPLATE: Final = rf"v1:list:(?:older|newer):{_NUMBER}:{_NUMBER}:{_NUMBER}"
MOST_CHARACTERS: Final = 100
"""Source: Discord, components reference, "Custom ID": 1 to 100 characters."""


def list_id(listing: Listing, edge: Edge) -> str:
    """Return the id of the button that turns the page of a list at an edge."""
    direction = "newer" if edge.is_newer else "older"
    custom_id = f"v1:list:{direction}:{listing.owner_id}:{listing.row_id}:{edge.recipe_id}"
    if not re.fullmatch(LIST_TEMPLATE, custom_id) or len(custom_id) > MOST_CHARACTERS:
        raise BugError("bad_custom_id", custom_id)
    return custom_id


def parse_list_id(custom_id: str) -> tuple[Listing, Edge]:
    """Return what such an id says. Raises UserError("out_of_date") for another id."""
    if not re.fullmatch(LIST_TEMPLATE, custom_id):
        raise UserError("out_of_date", f"unknown custom id {custom_id[:MOST_CHARACTERS]!r}")
    _, _, direction, owner_id, row_id, recipe_id = custom_id.split(":")
    return Listing(int(owner_id), int(row_id)), Edge(int(recipe_id), is_newer=direction == "newer")
