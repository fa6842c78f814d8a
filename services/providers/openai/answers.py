"""What OpenAI answers when it has made a picture.

*Source:* openai-python 3.52.0, types/images_response.py; GPT image models always answer base64, never an address.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.http import Answer, garbled
from services.images.whole import unwrapped
from services.models import JsonValue

PAINTED_AS: Final[tuple[str, ...]] = ("quality", "size")
"""*Source:* openai-python 3.52.0, types/images_response.py: what was used, and so never "auto"."""


@dataclass(frozen=True, slots=True)
class Made:
    """A picture's bytes, what was used for it as the vendor counts, and how it was painted; {} for what is not said.

    `painted` has the vendor's `quality` and `size`, which an order may have left to it.
    """

    data: bytes = field(repr=False)
    usage: Mapping[str, JsonValue]
    painted: Mapping[str, JsonValue]


def read_made(answer: Answer) -> Made:
    """Return the picture of an answer. Blocks for the length of megabytes of base64: runs in a thread.

    Raises ProviderUnknown where there is none: the call went well on the vendor's side, and is paid for.
    """
    body = answer.json_object()
    pictures = body.get("data")
    first = pictures[0] if isinstance(pictures, list) and pictures else None
    text = first.get("b64_json") if isinstance(first, dict) else None
    if not isinstance(text, str) or not text:
        raise garbled(answer.request, "success without a picture")
    usage = body.get("usage")
    painted = {name: body[name] for name in PAINTED_AS if name in body}
    return Made(_decoded(answer, text), usage if isinstance(usage, dict) else {}, painted)


def _decoded(answer: Answer, text: str) -> bytes:
    """Return the bytes of base64, in lines or with "data:..." before it as well: the picture is nowhere else."""
    content = text.encode(errors="replace")
    data = unwrapped(content)
    if data is content:
        raise garbled(answer.request, "the picture is not base64")
    return data
