"""The first witness: Discord's own schemas, over what was recorded."""

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tests.discord_specs.gateway import GatewaySchemas
from tests.discord_specs.openapi import OpenApi
from tests.discord_specs.schemas import Value
from tests.playground.mutation.fields import Mutant, take
from tests.playground.mutation.messages import Sent


class Schemas:
    """The witness, with everything that was sent."""

    def __init__(self, folder: Path, sent: Iterable[Sent]) -> None:
        self._openapi, self._gateway = OpenApi(folder), GatewaySchemas(folder)
        self._sent: defaultdict[str, list[tuple[Sent, str, set[str]]]] = defaultdict(list)
        for one in sent:
            self._sent[one.kind].append((one, json.dumps(one.body), self._problems(one, one.body)))

    def sees(self, mutant: Mutant) -> bool:
        """Say whether a body without the field does something wrong that the whole one did not."""
        for sent, text, before in self._sent[mutant.kind]:
            body = json.loads(text)
            if take(body, mutant.path) and self._problems(sent, body) - before:
                return True
        return False

    def _problems(self, sent: Sent, body: Value) -> set[str]:
        entry = sent.entry
        if entry["kind"] == "frame":
            try:
                return set(self._gateway.problems("out", body))
            except (
                KeyError
            ) as error:  # without its type nobody can tell which schema an interaction has to follow
                return {f"no {error}"}
        operation = self._openapi.operation(entry["method"], entry["path"])
        if operation is None:
            return set()
        return set(self._openapi.response_problems(operation, entry["status"], body))
