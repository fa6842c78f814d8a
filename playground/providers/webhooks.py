"""Sends the vendors' webhooks, and does with them what the control interface asks: lost, late, forged, repeated."""

import asyncio
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import aiohttp

ACTIONS = ("send", "repeat", "delay", "forge", "lose")
EVERY = "*"
"""Stands for every order of a vendor, until a reset."""
CHANGED_BODY = "changed_body"
"""The fault that signs one body and sends another; the others belong to the vendor."""

MOST_ORDERS = 5_000
MOST_PLANS = 1_000
DELIVERY_TIMEOUT_S = 15.0
"""*Source:* fal.ai, webhooks: 15 s."""
LONGEST_PAUSE_S = 30.0

_ATTEMPT = re.compile(r"/hooks/[^/]+/([^/.?]+)\.")

Sign = Callable[[str, str, bytes, str], tuple[bytes, Mapping[str, str]]]
"""(provider, order id, body, fault) -> body and headers to send."""


@dataclass(slots=True)
class Order:
    """A webhook that is due or was sent."""

    provider: str
    order_id: str
    url: str
    body: bytes
    headers: Mapping[str, str]
    retries: int

    @property
    def names(self) -> tuple[str, ...]:
        """Return what the control interface may call it: the vendor's id, and our attempt's id in the address."""
        found = _ATTEMPT.search(self.url)
        return (self.order_id, found.group(1)) if found else (self.order_id,)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a webhook. `count` is how often it is sent, at once."""

    action: str = "send"
    count: int = 1
    delay_s: float = 0.0
    fault: str = ""


@dataclass(slots=True)
class Webhooks:
    """What is due, what was sent, and what the control interface wants."""

    session: aiohttp.ClientSession
    sign: Sign
    deliveries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=MOST_ORDERS))
    count: int = 0
    """How many were sent since the start or the last reset, the forgotten ones included."""
    _orders: OrderedDict[tuple[str, str], Order] = field(default_factory=OrderedDict)
    _plans: OrderedDict[tuple[str, str], Plan] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def under_way(self) -> int:
        """Return how many are on their way: those that wait for their time or for another try as well."""
        return len(self._tasks)

    def after(self, count: int) -> list[dict[str, Any]]:
        """Return what was sent and is still known, without the first `count` of all that ever were."""
        forgotten = self.count - len(self.deliveries)
        return list(islice(self.deliveries, max(count - forgotten, 0), None))

    def due(self, order: Order) -> None:
        """Send a webhook now, or do what was planned for it."""
        for name in order.names:
            self._orders[order.provider, name] = order
        while len(self._orders) > MOST_ORDERS:
            self._orders.popitem(last=False)
        self._carry_out(order, self._planned(order))

    def _planned(self, order: Order) -> Plan:
        plans = [self._plans.pop((order.provider, name), None) for name in order.names]
        every = self._plans.get((order.provider, EVERY))
        return next((plan for plan in (*plans, every) if plan is not None), Plan())

    def act(self, provider: str, name: str, plan: Plan) -> bool:
        """Do something with the webhook of an order (vendor's id or our attempt's); say whether it was sent now.

        What is not due yet is kept in mind until it is. One that was due is sent, sent again or forged; `lose` comes
        too late for it and does nothing.
        """
        order = self._orders.get((provider, name))
        if order is None:
            self._plans[provider, name] = plan
            while len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
            return False
        self._carry_out(order, plan)
        return plan.action != "lose"

    def _carry_out(self, order: Order, plan: Plan) -> None:
        if plan.action == "lose":
            return
        for _ in range(plan.count):
            self._spawn(self._deliver(order, plan))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, order: Order, plan: Plan) -> None:
        if plan.delay_s:
            await asyncio.sleep(plan.delay_s)
        retries = 0 if plan.fault else order.retries
        for tried in range(retries + 1):
            status = await self._post(order, plan.fault)
            if 200 <= status < 400:  # a redirect is a permanent failure. Source: fal.ai, webhooks
                return
            if tried < retries:
                await asyncio.sleep(min(0.25 * 2**tried, LONGEST_PAUSE_S))

    async def _post(self, order: Order, fault: str) -> int:
        """Send it once and return the answer's status, 0 where none came. Signed anew: a stamp grows stale."""
        signed_fault = "" if fault == CHANGED_BODY else fault
        body, signature = self.sign(order.provider, order.order_id, order.body, signed_fault)
        if fault == CHANGED_BODY:
            body += b" "
        headers = {"Content-Type": "application/json", **order.headers, **signature}
        status, started_s = 0, time.perf_counter()
        try:
            async with self.session.post(
                order.url,
                data=body,
                headers=headers,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=DELIVERY_TIMEOUT_S),
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass  # nobody listens there, or the address is none: recorded as status 0
        self.count += 1
        self.deliveries.append(
            {
                "provider": order.provider,
                "request_id": order.order_id,
                "url": order.url,
                "status": status,
                "fault": fault,
                "took_ms": (time.perf_counter() - started_s) * 1000,
                "at": time.time(),
            }
        )
        return status

    async def stop(self) -> None:
        """End what is under way."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def reset(self) -> None:
        """Forget orders, plans and deliveries; nothing that was under way is sent any more."""
        await self.stop()
        self._orders.clear()
        self._plans.clear()
        self.deliveries.clear()
        self.count = 0
