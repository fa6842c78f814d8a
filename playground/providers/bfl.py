"""BFL's stand-in: submit, regional polling, delivery with links that die after ten minutes, credits, webhooks.

Regional polling and delivery are hosts of their own. *Source:* the vendor's OpenAPI 0.0.1; docs.bfl.ai, errors and
pricing. Bodies of the errors other than 422 are in the manner of its framework: the real ones are not published.
"""

import asyncio
import hashlib
import hmac
import json
import random
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from playground.providers.bfl_fields import Checked, breach, check, size_of
from playground.providers.bfl_models import MODELS, Json, Model
from playground.providers.bfl_refusals import RefusedError, answering, read_body
from playground.providers.bfl_tasks import Task, cost_of, not_found, picture_size, shown, webhook_body
from playground.providers.desk import Desk, trick_in

FIRST_CREDITS: Final = 10_000.0
"""What every key begins with: $100."""

SAMPLE_LIVES_S: Final = 600.0
"""*Source:* docs.bfl.ai: signed addresses are valid for ten minutes."""

WEBHOOK_RETRIES: Final = 3
MOST_TASKS: Final = 5_000
REASONS: Final = {"Moderation Reasons": ["Sexual Content"]}

SWITCHES: Final = {
    "id_in_polling_url": True,
    "webhook_answer_has_polling_url": False,
    "webhook_tasks_are_regional": False,
    "knows_regional_tasks": False,
    "says_reasoning": False,
    "delivery_refuses_keys": True,
}
"""How the vendor behaves where it is not known, or where clients differ; each can be turned.

Tasks with a polling address are regional, and the front address does not know them unless `knows_regional_tasks`. Those
with a webhook get no polling address and are known at the front address, unless the next two are turned.
"""


class Bfl:
    """The stand-in of Black Forest Labs."""

    def __init__(self, desk: Desk) -> None:
        self.switches = dict(SWITCHES)
        self.credits: dict[str, float] = {}
        self._desk = desk
        self.tasks: OrderedDict[str, Task] = OrderedDict()
        self._origins: Mapping[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the front address."""
        return [
            web.route("GET", "/v1/credits", answering(self._show_credits)),
            web.route("GET", "/v1/get_result", answering(self._show_front_task)),
            web.post("/v1/{model:.+}", answering(self._submit)),
            web.route("GET", "/v1/{model:.+}", answering(self._refuse_get)),
        ]

    def apps(self) -> Mapping[str, web.Application]:
        """Return the regional host and the delivery host."""
        region, delivery = web.Application(), web.Application()
        region.router.add_get("/v1/get_result", answering(self._show_task))
        delivery.router.add_get("/results/{folder}/{name}", self._deliver)
        return {"region": region, "delivery": delivery}

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Take the addresses of the two hosts."""
        self._origins = origins

    def signed(self, order_id: str, body: bytes, fault: str) -> Mapping[str, str]:
        """Return the signature of a webhook, none where the order gave no secret.

        *Source:* the vendor's skill texts only. There is no time in it, so that nothing can be stale.
        """
        task = self.tasks.get(order_id)
        secret = task.values.get("webhook_secret") if task else None
        if not secret:
            return {}
        used = "another secret" if fault in {"forge", "other_key"} else str(secret)
        return {"X-BFL-Signature": f"sha256={hmac.new(used.encode(), body, hashlib.sha256).hexdigest()}"}

    def altered(self, order_id: str, body: bytes, fault: str) -> bytes:
        """Return the body of a forged webhook: it claims a finished picture at an address that has none."""
        if fault != "forge":
            return body
        sample = f"{self._origins['delivery']}/results/forged/forged.jpeg"
        result = {"sample": sample, "prompt": "forged", "seed": 0}
        return json.dumps({"id": order_id, "status": "Ready", "result": result}).encode()

    def reset(self) -> None:
        """Forget tasks and spendings, and turn the switches back."""
        self.tasks.clear()
        self.credits.clear()
        self.switches.update(SWITCHES)

    def _key_of(self, request: web.Request) -> str:
        """Return a good key. Raises RefusedError; that a wrong one is answered 403 and not 401 is not documented."""
        key = request.headers.get("x-key")
        if key is None:
            raise RefusedError(403, "Not authenticated")
        if not self._desk.is_good_key(key):
            raise RefusedError(403, "Invalid API key")
        return key

    def _credits_of(self, key: str) -> float:
        return self.credits.get(key, FIRST_CREDITS)

    async def _show_credits(self, request: web.Request) -> web.Response:
        return web.json_response({"credits": round(self._credits_of(self._key_of(request)), 2)})

    async def _refuse_get(self, request: web.Request) -> web.Response:
        is_model = request.match_info["model"] in MODELS
        raise RefusedError(405, "Method Not Allowed") if is_model else RefusedError(404, "Not Found")

    async def _submit(self, request: web.Request) -> web.Response:
        model = MODELS.get(request.match_info["model"])
        if model is None:
            raise RefusedError(404, "Not Found")
        key = self._key_of(request)
        body = await read_body(request)
        if trick_in(str(body.get("prompt"))) == "gone":
            raise RefusedError(404, "Not Found")
        checked = await asyncio.to_thread(check, body, model.fields)
        await self._fetch_addresses(model, checked)
        if checked.breaches:
            raise RefusedError(422, checked.breaches)
        task = self._accepted(key, model, checked)
        if trick_in(task.prompt) not in {"moderated", "broken"}:
            self.credits[key] = self._credits_of(key) - task.cost
            self._desk.mark_paid(request)
        self._desk.spawn(self._work_on(task))
        return web.json_response(self._receipt(task))

    async def _fetch_addresses(self, model: Model, checked: Checked) -> None:
        """Put the pictures that were given by address beside those that came in the body."""
        for field in model.fields:
            address = checked.values.get(field.name)
            if field.kind != "picture or address" or not address or field.name in checked.pictures:
                continue
            data = await self._desk.fetch(address)
            if data is None or size_of(data) is None:
                text = "Value error, the image could not be downloaded"
                checked.breaches.append(breach(field.name, "value_error", text, address))
            else:
                checked.pictures[field.name] = data

    def _accepted(self, key: str, model: Model, checked: Checked) -> Task:
        """Return a new task. Raises RefusedError where the account may have none."""
        active = [task for task in self.tasks.values() if task.key == key and not task.status]
        if len(active) >= 24 or sum(task.model is model for task in active) >= model.most_active:
            raise RefusedError(429, "Too many active tasks. Please wait for one to finish.")
        references = [data for field in model.fields if (data := checked.pictures.get(field.name))]
        size = picture_size(model, checked.values, references)
        cost = cost_of(model, size, references)
        if self._credits_of(key) < cost:
            raise RefusedError(402, "Insufficient credits")
        seed = checked.values.get("seed")
        values = {**checked.values, "seed": random.getrandbits(32) if seed is None else seed}
        work = self._desk.begin(str(values.get("prompt") or ""))
        task = Task(
            self._desk.new_id(),
            key,
            model,
            values,
            references,
            size,
            cost,
            work,
            is_regional=not values["webhook_url"] or self.switches["webhook_tasks_are_regional"],
            started_s=self._desk.now_s(),
        )
        self.tasks[task.id] = task
        while len(self.tasks) > MOST_TASKS:
            self.tasks.popitem(last=False)
        return task

    def _receipt(self, task: Task) -> dict[str, Json]:
        """Return AsyncResponse, or AsyncWebhookResponse, which has no polling address."""
        bill = {"cost": task.cost, **task.megapixels}
        query = f"?id={task.id}" if self.switches["id_in_polling_url"] else ""
        polling = {"polling_url": f"{self._origins['region']}/v1/get_result{query}"}
        if not task.webhook_url:
            return {"id": task.id, **polling, **bill}
        answer = {"id": task.id, "status": "Pending", "webhook_url": task.webhook_url, **bill}
        return {**answer, **polling} if self.switches["webhook_answer_has_polling_url"] else answer

    async def _work_on(self, task: Task) -> None:
        trick = trick_in(task.prompt)
        await task.work.reaches(0.2 if trick == "moderated" else 1.0)
        if trick == "moderated":
            task.details, task.status = dict(REASONS), "Request Moderated"
        elif trick == "nsfw":
            task.details, task.status = dict(REASONS), "Content Moderated"
        elif trick == "broken":
            task.details, task.status = {"error": "Generation failed"}, "Error"
        else:
            task.result = await self._painted(task)
            task.status = "Ready"
        if task.webhook_url:
            body = json.dumps(webhook_body(task, self._desk.now_s())).encode()
            self._desk.call_back(
                order_id=task.id, url=task.webhook_url, body=body, headers={}, retries=WEBHOOK_RETRIES
            )

    async def _painted(self, task: Task) -> dict[str, Json]:
        """Return the result: a signed address for ten minutes, and what it was made from."""
        file_format, seed = task.values["output_format"], task.values["seed"]
        data = await self._desk.paint(
            prompt=task.prompt,
            seed=seed,
            references=task.references,
            width=task.size[0],
            height=task.size[1],
            file_format=file_format,
            label=f"BFL {task.model.path}",
        )
        address = self._desk.keep_picture(
            data,
            f"image/{file_format}",
            lives_s=SAMPLE_LIVES_S,
            base=self._origins["delivery"],
            path=f"/results/{hashlib.sha256(task.id.encode()).hexdigest()[:32]}",
            gone_status=403,
        )
        ended_s = self._desk.now_s()
        query = (
            f"se={int(ended_s + SAMPLE_LIVES_S)}&sp=r&sr=b&rsct=image/{file_format}&sig={_signature(address)}"
        )
        return {
            "sample": f"{address}?{query}",
            "prompt": task.prompt,
            "seed": seed,
            "start_time": task.started_s,
            "end_time": ended_s,
            "duration": ended_s - task.started_s,
        }

    async def _show_task(self, request: web.Request) -> web.Response:
        return self._task_answer(request, is_front=False)

    async def _show_front_task(self, request: web.Request) -> web.Response:
        return self._task_answer(request, is_front=not self.switches["knows_regional_tasks"])

    def _task_answer(self, request: web.Request, *, is_front: bool) -> web.Response:
        """Answer a look at a task; `is_front`: where the tasks of regions are not known."""
        key, task_id = self._key_of(request), request.query.get("id")
        if task_id is None:
            raise RefusedError(
                422, [{"type": "missing", "loc": ["query", "id"], "msg": "Field required", "input": None}]
            )
        task = self.tasks.get(task_id)
        if task is None or task.key != key or (is_front and task.is_regional):
            return web.json_response(not_found(task_id))
        return web.json_response(shown(task, says_reasoning=self.switches["says_reasoning"]))

    async def _deliver(self, request: web.Request) -> web.Response:
        """Answer with a picture: to whoever has the signed address, and to nobody who sends a key along."""
        if "x-key" in request.headers and self.switches["delivery_refuses_keys"]:
            return web.Response(status=400, text="A key does not belong here.\n")
        address = f"{self._origins['delivery']}{request.path}"
        if not hmac.compare_digest(request.query.get("sig", "").encode(), _signature(address).encode()):
            return web.Response(status=403, text="Signature did not match.\n")
        return await self._desk.serve_picture(request)


def _signature(address: str) -> str:
    return hashlib.sha256(b"delivery:" + address.encode()).hexdigest()[:43]


def open_bfl(desk: Desk) -> Bfl:
    """Return the stand-in."""
    return Bfl(desk)
