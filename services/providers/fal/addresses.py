"""Where an order at fal is asked after, and which of fal's addresses are believed.

fal wants the addresses of its own answer to be used, and they are, as long as they lead to fal: our key goes with
every request. Any other address, and an order that only a webhook named, is asked after at the address that fal's own
clients build. *Source:* fal.ai, queue; fal-client 1.0.3 and @fal-ai/client 1.10.1.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yarl import URL

from services.models import JsonValue
from services.providers.places import Places

# Source: the addresses in fal-client 1.0.3, queue.falrun.com being the backup host of the Queue OpenAPI.
API_HOSTS: Final = ("fal.run", "falrun.com", "fal.ai")
# Source: v3.fal.media for all media today; Google's bucket address in fal's older examples and uploads, public too.
MEDIA_HOSTS: Final = ("fal.media", "fal.ai", "fal.run", "storage.googleapis.com")

STATUS: Final = "status"
RESPONSE: Final = "response"
CANCEL: Final = "cancel"

_TAILS: Final[Mapping[str, str]] = {STATUS: "/status", RESPONSE: "", CANCEL: "/cancel"}
_ID: Final = re.compile(r"[\w.-]{1,200}", re.ASCII)


def is_request_id(value: JsonValue) -> bool:
    """Tell whether `value` can be an order's id: it becomes part of an address."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def trimmed(endpoint: str) -> str:
    """Return owner and application of an endpoint: its path is used for the submit and for nothing else.

    "fal-ai/flux-pro/v1.1-ultra" gives "fal-ai/flux-pro". *Source:* fal-client 1.0.3, `AppId`: the namespaces
    `workflows` and `comfy` shift the parts by one.
    """
    parts = endpoint.strip("/").split("/")
    return "/".join(parts[: 3 if parts[0] in ("workflows", "comfy") else 2])


@dataclass(frozen=True, slots=True)
class Addresses:
    """fal's hosts, as the settings name them: no slash at the end."""

    queue_url: str
    rest_url: str

    def given(self, answer: Mapping[str, JsonValue]) -> dict[str, str]:
        """Return those addresses of a submit's answer that lead to fal. *Source:* `status_url` and so on."""
        named = {name: answer.get(f"{name}_url") for name in _TAILS}
        return {name: url for name, url in named.items() if isinstance(url, str) and self.may_ask(url)}

    def find(self, name: str, given: Mapping[str, str], endpoint: str, remote_id: str) -> str | None:
        """Return the address to ask, None where neither a good one was given nor the endpoint is known."""
        url = given.get(name, "")
        if self.may_ask(url):
            return url
        if not endpoint or not is_request_id(remote_id):
            return None
        return f"{self.queue_url}/{trimmed(endpoint)}/requests/{remote_id}{_TAILS[name]}"

    def may_ask(self, url: str) -> bool:
        """Tell whether our key may be sent to `url`."""
        return Places(self.queue_url, API_HOSTS).allows(url)

    def may_fetch(self, url: str) -> bool:
        """Tell whether a picture may lie at `url`, or be put there."""
        return Places(self.queue_url, MEDIA_HOSTS).allows(url) or Places(self.rest_url, ()).allows(url)


def with_logs(status_url: str) -> str:
    """Return the address of a status with its log lines. *Source:* @fal-ai/client sends `logs=1`."""
    return str(URL(status_url).update_query(logs="1"))
