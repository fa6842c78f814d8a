"""Commands at their registration."""

from tests.playground.discord.refusals.parts import command, option
from tests.playground.discord.refusals.row import Body, bad_bodies, refused

COMMANDS = "Application Commands"
CHOICE = {"name": "a", "value": "a"}


def over_8000() -> Body:
    """25 choices of 200 characters in each of two options."""
    choices = [{"name": f"{index:02}" + "x" * 98, "value": f"{index:02}" + "y" * 98} for index in range(25)]
    return command(options=[option(name=f"o{index}", choices=choices) for index in range(2)])


def over_8000_in_german() -> Body:
    """25 choices of 100 characters, and as many that only a translation makes too long."""
    choices = [
        {"name": str(index), "value": "y" * 100, "name_localizations": {"de": "x" * 100}}
        for index in range(25)
    ]
    return command(options=[option(name=f"o{index}", choices=choices) for index in range(2)])


ROWS = (
    *bad_bodies(COMMANDS, "POST", "{commands}", {
        "capital letter": (command(name="Paint"), "name APPLICATION_COMMAND_INVALID_NAME"),
        "space in a name": (command(name="paint it"), "name APPLICATION_COMMAND_INVALID_NAME"),
        "name over 32": (command(name="x" * 33), "name BASE_TYPE_BAD_LENGTH"),
        "no name": ({"description": "x"}, "name BASE_TYPE_REQUIRED"),
        "no description": ({"name": "paint"}, "description BASE_TYPE_REQUIRED"),
        "description over 100": (command(description="x" * 101), "description BASE_TYPE_BAD_LENGTH"),
        "unknown type of command": (command(type=9), "type BASE_TYPE_CHOICES"),
        "unknown locale": (command(name_localizations={"xx": "a"}), "name_localizations.xx BASE_TYPE_CHOICES"),
        "translated name with a capital": (
            command(name_localizations={"de": "Malen"}), "name_localizations.de APPLICATION_COMMAND_INVALID_NAME",
        ),
        "translated description over 100": (
            command(description_localizations={"de": "x" * 101}), "description_localizations.de BASE_TYPE_BAD_LENGTH",
        ),
        "command of 26 options": (
            command(options=[option(name=f"o{index}") for index in range(26)]), "options BASE_TYPE_MAX_LENGTH",
        ),
        "option of unknown type": (command(options=[option(type=12)]), "options.0.type BASE_TYPE_CHOICES"),
        "option with a capital": (
            command(options=[option(name="Seed")]), "options.0.name APPLICATION_COMMAND_INVALID_NAME",
        ),
        "required after optional": (
            command(options=[option(), option(name="b", required=True)]),
            "options.1 APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        "two options of one name": (
            command(options=[option(), option()]), "options.1 APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE",
        ),
        "choices beside autocomplete": (
            command(options=[option(autocomplete=True, choices=[CHOICE])]),
            "options.0.autocomplete APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
        ),
        "26 choices": (command(options=[option(choices=[CHOICE] * 26)]), "options.0.choices BASE_TYPE_MAX_LENGTH"),
        "choice of the wrong type": (
            command(options=[option(type=4, choices=[CHOICE])]), "options.0.choices.0.value NUMBER_TYPE_COERCE",
        ),
        "choice name over 100": (
            command(options=[option(choices=[{"name": "x" * 101, "value": "a"}])]),
            "options.0.choices.0.name BASE_TYPE_BAD_LENGTH",
        ),
        "translated choice of nothing": (
            command(options=[option(choices=[CHOICE | {"name_localizations": {"de": ""}}])]),
            "options.0.choices.0.name_localizations.de BASE_TYPE_BAD_LENGTH",
        ),
        "text longer than 6,000": (command(options=[option(max_length=6001)]), "options.0.max_length NUMBER_TYPE_MAX"),
        "option of an unknown channel type": (
            command(options=[option(type=7, channel_types=[77])]), "options.0.channel_types.0 BASE_TYPE_CHOICES",
        ),
        "11 file types": (
            command(options=[option(type=11, file_types=[".png"] * 11)]), "options.0.file_types BASE_TYPE_MAX_LENGTH",
        ),
        "subcommand beside an option": (
            command(options=[option(type=1), option(name="b")]), "options APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        "group in a group": (
            command(options=[option(type=2, options=[option(type=2)])]),
            "options.0.options.0.type APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
        ),
        "menu with a description": (
            command(type=3, name="Restyle image"), "description APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_INVALID",
        ),
        "menu with options": (
            {"type": 2, "name": "Portray", "options": [option()]},
            "options APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS_INVALID",
        ),
        "unknown context": (command(contexts=[3]), "contexts.0 BASE_TYPE_CHOICES"),
        "unknown install": (command(integration_types=[2]), "integration_types.0 BASE_TYPE_CHOICES"),
        "over 8,000 characters": (over_8000(), " APPLICATION_COMMAND_TOO_LARGE"),
        "over 8,000 characters in one language": (over_8000_in_german(), " APPLICATION_COMMAND_TOO_LARGE"),
    }),
    *bad_bodies(COMMANDS, "PUT", "{commands}", {
        "same command twice": ([command(), command()], "1 APPLICATION_COMMANDS_DUPLICATE_NAME"),
        "second of two is wrong": ([command(), command(name="A")], "1.name APPLICATION_COMMAND_INVALID_NAME"),
    }),
    *refused(COMMANDS, 400, 30032, {
        "101 chat commands": ("PUT", "{commands}", [command(name=f"paint{index}") for index in range(101)]),
        "16 user menus": ("PUT", "{commands}", [{"type": 2, "name": f"Portray {index}"} for index in range(16)]),
        "16 message menus": ("PUT", "{commands}", [{"type": 3, "name": f"Restyle {index}"} for index in range(16)]),
    }),
    *refused("JSON error codes", 404, 10063, {
        "edit of no command": ("PATCH", "{commands}/1", {"description": "x"}),
        "deletion of no command": ("DELETE", "{commands}/1"),
    }),
    *refused("JSON error codes", 403, 20012, {
        "commands of another application": ("PUT", "/applications/1/commands", []),
    }),
    *refused("JSON error codes", 403, 50001, {
        "commands of a guild without the bot": ("PUT", "{application}/guilds/1/commands", []),
    }),
)  # fmt: skip
