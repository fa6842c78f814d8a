"""What a server lets its members paint with: which models, and how loose the image services' own checks may be."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from services.models import JsonValue

SAFETY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "safety_tolerance": ("0", "1", "2", "3", "4", "5", "6"),
        "enable_safety_checker": ("true", "false"),
        "moderation": ("auto", "low"),
    }
)
"""Parameters of safety and their values as people type them, the strictest first.

Source: fal, endpoints.d.ts of @fal-ai/client 1.10.1 (1..6, a checker that can be switched off); BFL, openapi.json
(0..6); OpenAI, images/generations (auto, low). A test holds it against the catalogue.
"""


def looseness(name: str, value: JsonValue) -> int:
    """Return how loose a value of a parameter of safety is, 0 for the strictest; an unknown one is looser than all."""
    order = SAFETY[name]
    text = str(value).lower()
    return order.index(text) if text in order else len(order)


@dataclass(frozen=True, slots=True)
class ServerRules:
    """The rules of one server.

    `allowed` holds ids of models and names of image services, None for all. `caps` maps parameters of `SAFETY` to the
    loosest value that they may have.
    """

    allowed: frozenset[str] | None = None
    caps: Mapping[str, str] = field(default_factory=dict)

    def allows(self, provider: str, model_id: str) -> bool:
        """Return whether a model may paint here."""
        return self.allowed is None or provider in self.allowed or model_id in self.allowed

    def is_strict_enough(self, safety: Mapping[str, str]) -> bool:
        """Return whether a picture with these parameters of safety may be painted here."""
        return all(
            looseness(name, safety[name]) <= looseness(name, cap)
            for name, cap in self.caps.items()
            if name in safety and name in SAFETY
        )


NO_RULES: Final = ServerRules()


def rules_from_json(allowed: JsonValue, caps: JsonValue) -> ServerRules:
    """Return the rules of a stored row; what is of no type that we write counts as the strictest there is."""
    names = None if allowed is None else frozenset(_texts(allowed))
    values = caps.items() if isinstance(caps, dict) else ()
    known = {
        name: str(value) if value in SAFETY[name] else SAFETY[name][0]
        for name, value in values
        if name in SAFETY
    }
    return ServerRules(names, MappingProxyType(known))


def _texts(value: JsonValue) -> Collection[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
