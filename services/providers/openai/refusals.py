"""Which error a refused call of OpenAI's becomes: by the vendor's words, by the field that they name, by the status."""

from services.crossing import Purpose, status_error
from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderUnknown,
)
from services.http import Answer
from services.providers.base import PaintOrder
from services.providers.model import Model
from services.providers.openai.orders import LONGEST_PROMPT
from services.providers.openai.said import (
    GONE,
    STATUSES,
    Said,
    Verdict,
    log_text,
    read_said,
    wait_s,
    words,
)
from services.providers.parameters import LONGEST_SHOWN, written
from services.vendor_text import vendor_text


def refusal(answer: Answer, order: PaintOrder, model: Model | None, key: str) -> ProviderError:
    """Return the error of a submit whose answer is not 2xx. Blocks for a large body: runs in a thread."""
    said = read_said(answer.body)
    error = _foreign(answer) if said is None else _own(answer, said, order, model)
    error.vendor_text = words(said, (*order.words, key))
    return error


def key_refusal(answer: Answer, key: str) -> ProviderError | None:
    """Return why a key is not good, or why that cannot be told; None for a key that is good all the same.

    A key may be restricted to parts of the API. One that may not list models is known to the vendor and may still be
    allowed to make pictures, so that its 403 is no refusal. A country that is not served is one. A 403 of something in
    front of the vendor says nothing about the key.
    """
    said = read_said(answer.body)
    if said is not None and said.verdict is None and answer.status == 403:
        return None
    error = _of_call(answer, said)
    error.vendor_text = words(said, (key,))
    return error


def _of_call(answer: Answer, said: Said | None) -> ProviderError:
    """Return what went wrong with a call that orders nothing."""
    text = log_text(answer, said)
    verdict = STATUSES.get(answer.status) if said or answer.status == 401 else None
    verdict = (said.verdict if said else None) or verdict
    return _untold(answer, text) if verdict in (None, GONE) else _error(verdict, answer, text)


def _error(verdict: Verdict, answer: Answer, text: str, model: str = "") -> ProviderError:
    kind, code = verdict
    if kind is ProviderBusy:
        return ProviderBusy(code, text, retry_after_s=wait_s(answer))
    return kind(code, text, model=model) if verdict == GONE else kind(code, text)


def _untold(answer: Answer, text: str) -> ProviderError:
    """Return what keeps a key's state from being told. The status table's words for a poll speak of an order."""
    if answer.status == 429 or answer.status >= 500:
        return status_error(Purpose.POLL, answer.status, answer.headers.get("retry-after"), text)
    return ProviderBroken("provider_broken", text)


def _foreign(answer: Answer) -> ProviderError:
    """Return what a failure means that is not in the vendor's words: a page of something on the way."""
    text = log_text(answer, None)
    if answer.status == 403:
        return ProviderBroken("provider_unreachable", f"{text}, in front of the service")
    return status_error(Purpose.SUBMIT, answer.status, answer.headers.get("retry-after"), text)


def _own(answer: Answer, said: Said, order: PaintOrder, model: Model | None) -> ProviderError:
    """Return what the vendor's own error means."""
    text = log_text(answer, said)
    if said.is_moderation:
        return _moderated(said, text)
    # A retired model has been seen as a bad value of `model`, too.
    verdict = said.verdict or (GONE if said.param == "model" else STATUSES.get(answer.status))
    if verdict is not None:
        return _error(verdict, answer, text, model.title if model else order.model)
    if answer.status >= 500:
        return _failed(answer, said, text)
    return _of_reference(answer, said, order, text) or _of_field(answer, said, order, model, text)


def _moderated(said: Said, text: str) -> ProviderError:
    """Return the refusal of the prompt or the references (input), or of the finished picture (output).

    Whether a withheld picture is charged is not documented; it was made, so it counts as charged. Where the vendor
    does not say at which stage it refused, nothing is held against the person. Categories are never shown.
    """
    if said.stage == "output":
        return ProviderRejected("provider_moderated_output", text, charged=True, stage="output")
    if said.stage == "input":
        return ProviderRejected("provider_moderated_input", text, stage="input")
    return ProviderRejected("provider_moderated", text)


def _failed(answer: Answer, said: Said, text: str) -> ProviderError:
    """Return what a failure inside the service means that the vendor itself reports.

    The call is synchronous, so an error of the vendor's own is the whole outcome: no picture will come. 503 says that
    the work was not begun. 500 does not: whether a failed run is billed is documented nowhere, so that order ends
    and is not repeated by itself. 502 and 504 are a gateway's word for an answer that it did not get: behind it the
    picture may have been made and paid for.
    """
    if answer.status == 503:
        return ProviderBroken("provider_broken", text)
    if answer.status == 500 and "server_error" in (said.type, said.code):
        return ProviderError("provider_failed_inside", text)
    return ProviderUnknown("provider_unknown", text)


def _of_reference(answer: Answer, said: Said, order: PaintOrder, text: str) -> ProviderError | None:
    """Return the error of a reference picture, None where it is about something else.

    Which codes there are is not documented: `param` counts, and "image" or "large" in the code.
    """
    is_named = said.param.startswith(("image", "mask")) or (not said.param and "image" in said.code)
    if not order.references or not (is_named or answer.status == 413):
        return None
    is_large = answer.status == 413 or "large" in said.code
    reason = "its file is too large" if is_large else "the image service cannot use it"
    return ProviderRejected("provider_bad_reference", text, reason=reason)


def _of_field(answer: Answer, said: Said, order: PaintOrder, model: Model | None, text: str) -> ProviderError:
    """Return the error of the parameter that `param` names; where it names none, what the status says."""
    field = vendor_text(said.param)[:LONGEST_SHOWN]
    if not field:
        return status_error(Purpose.SUBMIT, answer.status, None, text)
    allowed, found = _allowed(field, said, model), _found(field, order)
    return ProviderRejected("provider_bad_option", text, field=field, allowed=allowed, found=found)


def _allowed(field: str, said: Said, model: Model | None) -> str:
    if said.code == "unknown_parameter":
        return "nothing here: the model does not take it"
    if field == "prompt":
        return f"1..{LONGEST_PROMPT} characters"
    parameter = model.parameters.get(field) if model else None
    return parameter.allowed if parameter else "something else"


def _found(field: str, order: PaintOrder) -> str:
    if field == "prompt":
        return f"{len(order.prompt)} characters"
    value = order.parameters.get(field)
    return "nothing" if value is None else written(value)[:LONGEST_SHOWN]
