"""Every error that Limner raises on purpose, branched by who can act.

    LimnerError
    ├── UserError          the person changes the input
    │   ├── NotFoundError      there is no such picture, job or model for this person
    │   ├── NotAllowedError    this person, server or channel may not do that
    │   └── ModelUnavailable   the model cannot paint this now; a draft is kept, and others are offered (`offers.py`)
    ├── LimitError         the person waits, or asks for less
    ├── ProviderError      an outside image service
    │   ├── ProviderBusy       try again after `retry_after_s`; nothing was accepted
    │   ├── ProviderRejected   the input or the moderation said no; nothing will come of it
    │   ├── ProviderRefusedKey the owner of the key must act (key, balance, model gone)
    │   ├── ProviderBroken     a failure that proves that nothing was accepted, or a failed run
    │   └── ProviderUnknown    the request may or may not have been accepted: never sent again blindly
    ├── StorageError       the database or the disk
    ├── StartError         the operator's settings or files; ends the start with exit code 2
    └── BugError           ours

The text of an error is for the log. People read the sentences of one table, `cogs/_errors.py`, chosen by `code`
and filled from `fields`.
"""

from collections.abc import Mapping
from types import MappingProxyType


class LimnerError(Exception):
    """Root of the tree: a stable `code`, the `fields` that its sentence needs, and a text for the log."""

    may_retry: bool = False

    def __init__(self, code: str, message: str = "", **fields: str | int | float | None) -> None:
        super().__init__(message or code)
        self.code = code
        self.fields: Mapping[str, str | int | float | None] = MappingProxyType(fields)


class UserError(LimnerError):
    """The person who asked can mend it by changing the input; `fields` names the field and the allowed range."""


class NotFoundError(UserError):
    """Nothing of that name exists for this person (also said of what they may not see)."""


class NotAllowedError(UserError):
    """This person, server or channel may not do that; the sentence says who can change it."""


class LimitError(LimnerError):
    """A quota, cap or backlog is used up. `retry_after_s` is when asking again makes sense, None if unknown."""

    may_retry = True

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        retry_after_s: float | None = None,
        **fields: str | int | float | None,
    ) -> None:
        super().__init__(code, message, **fields)
        self.retry_after_s = retry_after_s


class ProviderError(LimnerError):
    """An image provider did not give a picture.

    `charged` says whether the provider took money for it. `vendor_text` is what the vendor itself said, made harmless
    by `services/vendor_text.py`: for the log, and for the owner of the key who asks for it; never part of a sentence.
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        charged: bool = False,
        vendor_text: str = "",
        **fields: str | int | float | None,
    ) -> None:
        super().__init__(code, message, **fields)
        self.charged = charged
        self.vendor_text = vendor_text


class ProviderBusy(ProviderError):
    """The provider accepted nothing and asks to come back after `retry_after_s` seconds."""

    may_retry = True

    def __init__(
        self,
        code: str = "provider_busy",
        message: str = "",
        *,
        retry_after_s: float = 5.0,
        charged: bool = False,
        vendor_text: str = "",
        **fields: str | int | float | None,
    ) -> None:
        super().__init__(code, message, charged=charged, vendor_text=vendor_text, **fields)
        self.retry_after_s = retry_after_s


class ProviderRejected(ProviderError):
    """The provider's rules refuse this input or its result; sending it again gives the same answer."""


class ProviderRefusedKey(ProviderError):
    """The key, its balance or the model's address is refused; only the key's owner can mend it."""


class ProviderBroken(ProviderError):
    """The provider failed and it is certain that this try makes no picture."""

    may_retry = True


class ProviderUnknown(ProviderError):
    """The fate of a submit is unknown: it may have been accepted and charged."""


class StorageError(LimnerError):
    """The database or the image store could not read or write (disk full, locked, gone)."""

    may_retry = True


class StartError(LimnerError):
    """The service cannot start as configured. The message is complete and is printed as it is."""


class BugError(LimnerError):
    """Something that cannot happen did: our mistake, reported with a reference."""
