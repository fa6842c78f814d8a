"""`bot.py web`: takes the webhooks of the image services and answers health checks; needs no token of Discord."""

import argparse

from cli.roles import WEB
from cli.serving import OpenService, serve_role


def main(arguments: list[str], open_service: OpenService) -> int:
    """Run the verb and return 0 when it was asked to stop. Raises StartError for what the operator can mend."""
    parser = argparse.ArgumentParser(
        prog="bot.py web", description="Serve webhooks and health checks until Ctrl-C; needs PostgreSQL."
    )
    parser.parse_args(arguments)
    return serve_role(WEB, open_service)
