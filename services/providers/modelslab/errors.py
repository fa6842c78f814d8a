"""What ModelsLab's refusals mean.

The body's `status` decides whether there is a refusal; what kind it is says the HTTP status, and where that is 200 (as
it often is) or 400, the words of the message. An answer that says "error" and gives no id took no order, but one that
speaks of a failure inside the service, or gives an id, may have taken it: it is unknown and never sent again.
*Source:* docs.modelslab.com, error-codes and rate-limits; the words are theirs where there is an example.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.models import NO_PARAMETERS, Parameters
from services.providers.base import Failed
from services.providers.modelslab.wire import Reply
from services.providers.parameters import LONGEST_SHOWN
from services.retry_after import read_told_wait_s
from services.vendor_text import vendor_text, without_private


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of refusal: the HTTP statuses that mean it, and the words that do where the status says nothing.

    Named groups of `words` become fields of the error. `is_about_order`: said by `fetch`, it ends the order; the other
    kinds are about the call or the account, and the order goes on.
    """

    kind: type[ProviderError]
    code: str
    words: str
    statuses: frozenset[int] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    is_about_order: bool = False

    @property
    def may_send_again(self) -> bool:
        """Return whether an order that is refused so is sent again by itself."""
        return self.kind in (ProviderBusy, ProviderBroken)

    def match(self, message: str) -> re.Match[str] | None:
        """Return the match of the words in the message."""
        return re.search(self.words, message, re.IGNORECASE)


_FIELD: Final = r"\b(?P<field>[a-z][a-z0-9_]{1,40})(?: field)?"

MODERATION: Final = Rule(
    ProviderRejected,
    "provider_moderated_input",
    r"\bnsfw\b|\bsafety\b|moderat|inappropriate|prohibited|sexual|\bexplicit\b|banned word",
    is_about_order=True,
)
"""Refused by moderation: no such answer is documented for this model, the words are a guess. At which stage decides
who said it: the order's answer, or `fetch`."""

RULES: Final = (
    Rule(ProviderBusy, "provider_busy", r"rate limit|too many requests|queued requests", frozenset({429})),
    Rule(ProviderRefusedKey, "provider_no_balance", r"\bcredits?\b|\bbalance\b|\bfunds\b", frozenset({402})),
    Rule(
        ProviderRefusedKey,
        "provider_not_permitted",
        r"subscri|\bpremium\b|\bupgrade\b|\bplan\b",
        frozenset({403}),
    ),
    Rule(
        ProviderRefusedKey,
        "provider_refused_key",
        r"\bapi[ _-]?key\b|\b(invalid|wrong|missing|unknown) key\b|^key is required|unauthori[sz]ed|unauthenticated",
        frozenset({401}),
    ),
    Rule(
        ProviderRefusedKey,
        "provider_model_gone",
        r"\b(model|endpoint|route)\b.{0,80}\b(not (be )?found|not available|no longer|deprecated|disabled|retired)",
        frozenset({404, 410}),
    ),
    MODERATION,
    Rule(
        ProviderRejected,
        "provider_bad_option",
        _FIELD + r" (must|should|has to)( be| have)? (?P<allowed>.{1,80})",
        is_about_order=True,
    ),
    Rule(
        ProviderRejected,
        "provider_bad_option",
        _FIELD + r" is (required|missing)",
        fields=MappingProxyType({"allowed": "anything but nothing"}),
        is_about_order=True,
    ),
    Rule(
        ProviderRejected,
        "provider_no_face",
        r"\bno (valid )?faces?\b|\bfaces?\b.{0,30}\bnot\b.{0,20}(found|detect)|(detect|find)\w* .{0,20}\bfaces?\b",
        is_about_order=True,
    ),
    Rule(
        ProviderRejected,
        "provider_bad_reference",
        r"\b(face|init)_image\b|\bbase64\b|\b(fetch|download|load|open|read|decode|invalid|unsupported)\b.{0,30}\bimage"
        r"|\bimage\b.{0,30}\b(url|invalid|corrupt|format|large|small)",
        fields=MappingProxyType({"reason": "the image service could not read it"}),
        is_about_order=True,
    ),
    Rule(
        ProviderBroken,
        "provider_broken",
        r"temporarily unavailable|service unavailable|overload|maintenance",
        frozenset({503}),
    ),
    Rule(
        ProviderUnknown,
        "provider_unknown",
        r"\binternal\b|server error|try again|timed? ?out|something went wrong",
        frozenset({500, 502, 504}),
    ),
)
"""Every kind of refusal; the first that fits counts."""

LOST: Final = re.compile(
    r"\b(id|image|request|job)\b.{0,40}(does not exist|not (be )?found|not queued)|\binvalid (request )?id\b",
    re.IGNORECASE,
)
"""What `fetch` says of an id that it does not know, beside 404. Source: the OpenAPI file of the enterprise door."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that says no. `text` names the call for the log, `private` is what its words must not repeat."""

    reply: Reply
    text: str
    private: tuple[str, ...] = field(repr=False)

    @property
    def rule(self) -> Rule | None:
        """Return what fits: the HTTP status first, then the words."""
        by_status = (rule for rule in RULES if self.reply.http_status in rule.statuses)
        message = self.message
        by_words = (rule for rule in RULES if rule.match(message))
        return next(by_status, None) or next(by_words, None)

    @property
    def message(self) -> str:
        """Return what the vendor said, without what it repeats: every call has the key in its body."""
        return without_private(self.reply.message, self.private)

    @property
    def words(self) -> str:
        """Return what the vendor said, made harmless."""
        return vendor_text(self.message)

    def error(
        self, kind: type[ProviderError], code: str, *, charged: bool = False, **fields: str
    ) -> ProviderError:
        """Return an error with the vendor's words."""
        return kind(code, self.text, charged=charged, vendor_text=self.words, **fields)

    def by_rule(self, rule: Rule, parameters: Parameters) -> ProviderError:
        """Return the rule's error, with our own value of a field that the words name."""
        if rule.kind is ProviderBusy:
            wait_s = read_told_wait_s(self.reply.retry_after)
            return ProviderBusy(rule.code, self.text, retry_after_s=wait_s, vendor_text=self.words)
        match = rule.match(self.message)
        named = {name: text for name, text in match.groupdict().items() if text} if match else {}
        found = parameters.get(named.get("field", ""))
        fields: dict[str, Any] = {**rule.fields, **named}
        if found is not None:
            fields["found"] = str(found)[:LONGEST_SHOWN]
        return self.error(rule.kind, rule.code, **fields)


def submit_error(refusal: Refusal, parameters: Parameters) -> ProviderError:
    """Return what a refused order means; `parameters` are those that were sent."""
    rule = refusal.rule
    if rule is MODERATION:
        return refusal.error(ProviderRejected, "provider_moderated_input", stage="input")
    if rule is not None and not (rule.may_send_again and refusal.reply.remote_id is not None):
        return refusal.by_rule(rule, parameters)
    if rule is not None or refusal.reply.http_status >= 500:
        return refusal.error(ProviderUnknown, "provider_unknown")
    return refusal.error(ProviderRejected, "provider_rejected")


def poll_failure(refusal: Refusal) -> Failed:
    """Return the end of an order that `fetch` calls failed. Raises what is no word about the order."""
    rule, reply = refusal.rule, refusal.reply
    if reply.status != "failed" and (reply.http_status >= 500 or (rule and not rule.is_about_order)):
        raise call_error(refusal)
    if rule is MODERATION:
        return Failed(withheld(refusal))
    if rule is None or not rule.is_about_order:
        return Failed(refusal.error(ProviderBroken, "provider_broken"))
    return Failed(refusal.by_rule(rule, NO_PARAMETERS))


def call_error(refusal: Refusal) -> ProviderError:
    """Return what went wrong with a call that orders nothing: the key, the account, or a moment of weakness."""
    rule = refusal.rule
    if rule is None or rule.kind not in (ProviderBusy, ProviderRefusedKey):
        return refusal.error(ProviderBusy, "provider_unreachable")
    return refusal.by_rule(rule, NO_PARAMETERS)


def withheld(refusal: Refusal) -> ProviderError:
    """Return the error of a picture that was made and is not given. That it is charged is unverified: it was made."""
    return refusal.error(ProviderRejected, "provider_moderated_output", charged=True, stage="output")
