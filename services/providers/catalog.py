"""The catalogue: every model that Limner knows, found by what people call it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Final

from services.errors import UserError
from services.languages import ENGLISH
from services.providers.catalog_file import read_catalog_file
from services.providers.fitting import ASPECTS, Fitted
from services.providers.model import Capabilities, Model, Price, PriceUnit, ProviderEntry
from services.providers.parameters import LONGEST_SHOWN, Parameter, ParameterType
from services.providers.price_table import with_estimates
from services.providers.price_words import price_words

__all__ = [
    "ASPECTS",
    "CATALOG_PATH",
    "Capabilities",
    "Catalog",
    "Fitted",
    "Model",
    "Parameter",
    "ParameterType",
    "Price",
    "PriceUnit",
    "ProviderEntry",
    "load_catalog",
]

CATALOG_PATH: Final = Path(__file__).with_name("catalog.toml")
"""The catalogue that comes with Limner."""

NO_PRICES: Final[Mapping[str, int]] = MappingProxyType({})

MOST_SUGGESTIONS: Final = 25
LONGEST_SUGGESTION: Final = 100
"""Source: Discord's limits for the choices of an autocomplete and for a choice's name and value."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Models in the order of the file.

    `preferred` are ids of models to paint with by default, best first; `preferred_with_references` the same for what
    has pictures to look at, `preferred_faces` for a headshot.
    """

    providers: Mapping[str, ProviderEntry]
    models: tuple[Model, ...]
    preferred: tuple[str, ...]
    by_id: Mapping[str, Model]
    preferred_with_references: tuple[str, ...] = ()
    preferred_faces: tuple[str, ...] = ()

    def find(self, text: str) -> Model:
        """Return the model that `text` means: its id, an end of its id that no other has, its endpoint or its title.

        Case and spaces do not matter. Raises UserError("ambiguous_model") with the ids in `suggestion`, and
        UserError("unknown_model") with the nearest id or title in `suggestion` ("" where nothing is near).
        """
        wanted = _plain(text)
        if wanted in self.by_id:
            return self.by_id[wanted]
        named = [model for model in self.models if wanted in _names(model)]
        if len(named) == 1:
            return named[0]
        found = text.strip()[:LONGEST_SHOWN]
        if named:
            ids = ", ".join(model.id for model in named)
            raise UserError(
                "ambiguous_model", f"{found!r}: {ids}", field="model", found=found, suggestion=ids
            )
        near = self._nearest(wanted)
        raise UserError("unknown_model", f"no model {found!r}", field="model", found=found, suggestion=near)

    def suggest_models(
        self,
        partial: str,
        can_paint: Callable[[Model], bool] = lambda _model: True,
        is_allowed: Callable[[Model], bool] = lambda _model: True,
        *,
        language: str = ENGLISH,
    ) -> list[tuple[str, str]]:
        """Return up to 25 pairs (label, id) of models that fit `partial` and are allowed.

        Those that can paint come first, and among them those that begin with what was typed.
        """
        wanted = _plain(partial)
        named = [model for model in self.models if any(wanted in name for name in _names(model))]
        fitting = [model for model in named if is_allowed(model)]

        def rank(model: Model) -> tuple[bool, bool]:
            return not can_paint(model), not any(name.startswith(wanted) for name in _names(model))

        fitting.sort(key=rank)
        return [(self._label(model, language), model.id) for model in fitting[:MOST_SUGGESTIONS]]

    def _nearest(self, wanted: str) -> str:
        names = {name: model.id for model in self.models for name in _names(model)}
        near = get_close_matches(wanted[:LONGEST_SHOWN], names, n=1, cutoff=0.6)
        return names[near[0]] if near else ""

    def _label(self, model: Model, language: str) -> str:
        price = price_words(model.price, language)
        label = f"{model.title} · {self.providers[model.provider].title} · {price}"
        return label[:LONGEST_SUGGESTION]


def load_catalog(path: Path = CATALOG_PATH, *, prices: Mapping[str, int] = NO_PRICES) -> Catalog:
    """Return the catalogue of the file at `path`, with the operator's `prices` (micro-dollars a picture) by model id.

    Raises StartError("bad_catalog") whose message names the file, the table, the key, what was expected and found, and
    StartError("bad_settings") for a price of a model that is not in it.
    """
    content = read_catalog_file(path)
    models = with_estimates(content.models, prices)
    by_id = MappingProxyType({model.id.lower(): model for model in models})
    return Catalog(
        content.providers,
        models,
        content.preferred,
        by_id,
        content.preferred_with_references,
        content.preferred_faces,
    )


def _names(model: Model) -> tuple[str, ...]:
    return (*_tails(model.id.lower()), model.title.lower(), model.endpoint.lower())


def _tails(model_id: str) -> Iterator[str]:
    """Yield the id and what is left of it without its first parts: "fal/flux-dev", "flux-dev"."""
    parts = model_id.split("/")
    return ("/".join(parts[place:]) for place in range(len(parts)))


def _plain(text: str) -> str:
    return " ".join(text[: 2 * LONGEST_SHOWN].lower().split())
