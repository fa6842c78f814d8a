"""Room for as many orders at once as a test likes: no caps, and a provider that takes them all."""

from dataclasses import replace
from types import MappingProxyType

from db.jobs.acceptance import Caps
from tests.services.studio import GUILD, Studio

ELSEWHERE = "https://limner.example"
"""An address of ours that nobody calls: orders wait for calls there, and are hardly looked after."""


def make_room(studio: Studio, public_url: str = ELSEWHERE) -> None:
    """Let everybody order as much as they like, and the scripted provider take it all at once."""
    context = studio.context
    scripted = replace(context.catalog.providers["scripted"], running_cap=10_000)
    providers = MappingProxyType({**context.catalog.providers, "scripted": scripted})
    catalog = replace(context.catalog, providers=providers)
    caps = Caps(10_000, 10**12, 10**12)
    studio.context = replace(
        context,
        catalog=catalog,
        registry=context.registry.changed(catalog=catalog),
        limits=replace(context.limits, caps=caps, key_servers=frozenset({GUILD})),
        public_url=public_url,
    )
