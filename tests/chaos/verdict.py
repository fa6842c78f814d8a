"""The verdict over one run, from the books of the image services and of Discord."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.chaos.books import Promise
from tests.chaos.orders import Order, answers, codes_shown, is_told, noticed, phrase_of
from tests.e2e.play import Json

ENDED = frozenset({"stored", "failed", "canceled", "unknown"})


@dataclass(slots=True)
class Verdict:
    """What happened to everything that was asked for. A run is good where `violations` is empty."""

    kills: int = 0
    """How often the service, or what it stands on, was ended."""
    typed: int = 0
    accepted: int = 0
    delivered: int = 0
    told: int = 0
    orphans: int = 0
    """Orders that were paid and gave nobody a picture: counted, because nobody can prevent them, and told."""
    violations: list[str] = field(default_factory=list)

    def add(self, other: "Verdict") -> None:
        """Take the figures of another run into these."""
        for name in ("kills", "typed", "accepted", "delivered", "told", "orphans"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.violations += other.violations


def paid_by_phrase(calls: Iterable[Mapping[str, object]]) -> Counter[str]:
    """Return how many submits were charged for each phrase."""
    paid: Counter[str] = Counter()
    for call in calls:
        phrase = phrase_of(json.dumps(call["body"]))
        if call["paid"] and phrase:
            paid[phrase] += 1
    return paid


def _twice_paid(promised: Mapping[str, list[Promise]], paid: Counter[str]) -> list[str]:
    return [
        f"paid twice: {phrase!r} was charged {times} times for {len(promised.get(phrase, []))} accepted jobs"
        for phrase, times in paid.items()
        if times > len(promised.get(phrase, []))
    ]


def _twice_posted(shown: Counter[str]) -> list[str]:
    return [f"posted twice: {code} stands in {times} messages" for code, times in shown.items() if times > 1]


def _lost(promise: Promise, why: str) -> str:
    return f"lost: job {promise.job_id} ({phrase_of(promise.body)!r}, {promise.state}, {promise.delivery}): {why}"


def _asked(message: Json) -> str:
    return str((message.get("interaction_metadata") or {}).get("id", ""))


def judge(
    orders: Sequence[Order],
    promised: Sequence[Promise],
    calls: Sequence[Mapping[str, object]],
    messages: Mapping[str, Sequence[Json]],
    users: Mapping[str, int],
) -> Verdict:
    """Return the verdict. `messages` are what each user sees, `users` their ids.

    The bot's own rows say only what was promised; whether it was kept, and what it cost, is read elsewhere.
    """
    every = {message["id"]: message for seen in messages.values() for message in seen}
    shown, told_by = codes_shown(every.values()), answers(every.values())
    by_phrase: dict[str, list[Promise]] = {}
    for promise in promised:
        by_phrase.setdefault(phrase_of(promise.body), []).append(promise)
    paid = paid_by_phrase(calls)
    verdict = Verdict(typed=len(orders), accepted=len(promised))
    verdict.violations = _twice_paid(by_phrase, paid) + _twice_posted(shown)
    silent: Counter[int] = Counter()
    for promise in promised:
        if promise.state not in ENDED:
            verdict.violations.append(_lost(promise, "it has not ended"))
        elif promise.state == "stored" and not shown[promise.code]:
            verdict.violations.append(_lost(promise, "its picture stands in no message"))
        elif promise.state == "stored":
            verdict.delivered += 1
        elif is_told(told_by.get(promise.origin_id, [])):
            verdict.told += 1
        else:
            silent[promise.user_id] += 1
    pictured = Counter(phrase_of(each.body) for each in promised if each.state == "stored")
    verdict.orphans = sum(max(0, times - pictured[phrase]) for phrase, times in paid.items())
    answered = {each.origin_id for each in promised if each.state != "stored"}
    for user, user_id in users.items():
        notices = noticed(each for each in messages.get(user, ()) if _asked(each) not in answered)
        verdict.told += min(silent[user_id], notices)
        if silent[user_id] > notices:
            untold = silent[user_id] - notices
            verdict.violations.append(f"lost: {user} was not told of {untold} ends without a picture")
    return verdict
