"""Discord's own schemas as a witness over every request, response and gateway frame of the tests.

The schema files are not part of this repository: DISCORD_SPECS names the folder that holds `discord-openapi.json` (from
discord/discord-api-spec) and `gateway-*.json` (made from discord-api-types).
"""
