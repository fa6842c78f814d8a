"""Orders of ModelsLab's adapter before its stand-in: both doors, every ending, and who pays for what."""

from dataclasses import replace

import pytest

from services.errors import (
    ProviderBroken,
    ProviderBusy,
    ProviderError,
    ProviderRefusedKey,
    ProviderRejected,
    ProviderUnknown,
)
from services.models import MAX_SEED
from services.providers.base import Failed, Finished, Handle, Running, Waiting
from tests.playground.providers.modelslab_bench import size_of
from tests.services.providers.modelslab.bench import (
    ENDPOINTS,
    ENTERPRISE,
    ORDINARY,
    Studio,
    order,
    submit_waiting,
    wait_for_end,
)

BOTH = pytest.mark.parametrize("model", [ORDINARY, ENTERPRISE])


@BOTH
async def test_a_quick_order_gives_its_picture_with_the_seed_asked_for(studio: Studio, model: str) -> None:
    finished = await studio.provider.submit(order(model=model))

    assert isinstance(finished, Finished)
    assert (finished.seed, finished.cost_micro_usd, studio.paid()) == (42, None, 1)
    assert size_of(await studio.bytes_of(finished)) == (512, 768)
    assert studio.calls()[0]["path"] == f"/modelslab/api/{ENDPOINTS[model]}"


@BOTH
async def test_a_slow_order_is_asked_after_at_its_own_door(slow: Studio, model: str) -> None:
    handle = await submit_waiting(slow, model=model)
    running = await slow.provider.poll(handle)
    slow.stand_ins.set_pace(0)
    finished = await wait_for_end(slow, handle)

    assert running == Running(poll_after_s=5.0)
    assert isinstance(finished, Finished)
    assert finished.seed == 42
    assert size_of(await slow.bytes_of(finished)) == (512, 768)
    door = ENDPOINTS[model].rpartition("/")[0]
    assert slow.calls()[1]["path"] == f"/modelslab/api/{door}/fetch/{handle.remote_id}"


async def test_what_the_catalogue_fitted_is_sent_as_it_is(studio: Studio) -> None:
    parameters = {"width": 640, "height": 512, "guidance_scale": 3.5, "negative_prompt": "fat, ugly"}
    await studio.provider.submit(order(parameters=parameters))
    sent = studio.sent()

    assert {name: sent[name] for name in parameters} == parameters
    assert (sent["seed"], sent["base64"]) == (42, True)


async def test_an_order_without_a_seed_gets_one_that_is_told(studio: Studio) -> None:
    seeds = []
    for _ in range(2):
        finished = await studio.finish(image_seed=None)
        seeds.append(studio.sent()["seed"])
        assert finished.seed == seeds[-1]

    assert 0 <= min(seeds) < max(seeds) <= MAX_SEED


async def test_the_same_order_gives_the_same_picture(studio: Studio) -> None:
    pictures = [await studio.bytes_of(await studio.finish(image_seed=seed)) for seed in (5, 5, 6)]

    assert pictures[0] == pictures[1] != pictures[2]


async def test_an_order_without_a_face_is_not_sent(studio: Studio) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await studio.provider.submit(order(references=()))

    assert caught.value.code == "model_needs_reference"
    assert studio.calls() == []


@pytest.mark.parametrize(
    ("eta", "first_look_s"), [(20, 20), (0.5, 3), (600, 60), (0, 5), (None, 5), (-4, 3), ("soon", 5)]
)
async def test_the_first_look_comes_when_the_service_expects_to_be_done(
    studio: Studio, eta: object, first_look_s: float
) -> None:
    studio.answer({"status": "processing", "id": 7, "eta": eta, "output": []})
    answer = await studio.provider.submit(order())

    assert isinstance(answer, Waiting)
    assert answer.poll_after_s == first_look_s


@pytest.mark.parametrize("remote_id", [123, "123", "abc123-def456"])
async def test_ids_of_both_types_are_kept_as_text(studio: Studio, remote_id: object) -> None:
    studio.answer({"status": "processing", "id": remote_id, "output": [], "meta": {"seed": 8}})
    handle = await submit_waiting(studio)

    assert (handle.remote_id, handle.facts["seed"]) == (str(remote_id), "8")


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success", "id": 7, "output": ""},
        {"status": "success", "id": 7, "output": []},
        {"status": "queued", "id": 7},
        {"id": 7},
        {"status": "failed", "id": 7, "message": "no"},
        {"status": "success", "id": 7, "output": ["not base64 at all"]},
    ],
)
async def test_an_answer_with_an_id_took_the_order(studio: Studio, body: dict[str, object]) -> None:
    studio.answer(body)

    assert (await submit_waiting(studio)).remote_id == "7"


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success", "output": ""},
        {"status": "processing"},
        {"status": "processing", "id": {"a": 1}},
        {"status": "failed", "message": "no"},
        {"status": "success", "output": ["not base64 at all"]},
        {},
        [],
        "<html>hello</html>",
        '{"status": "success", "id": NaN}',
        "",
    ],
)
async def test_an_answer_that_leads_nowhere_may_have_been_paid_for(studio: Studio, body: object) -> None:
    studio.answer(body)
    with pytest.raises(ProviderUnknown):
        await studio.provider.submit(order())


@pytest.mark.parametrize(
    ("status", "submit_kind", "poll_kind"),
    [
        (401, ProviderRefusedKey, ProviderRefusedKey),
        (403, ProviderBroken, ProviderBusy),
        (404, ProviderRefusedKey, ProviderBroken),
        (429, ProviderBusy, ProviderBusy),
        (500, ProviderUnknown, ProviderBusy),
        (502, ProviderUnknown, ProviderBusy),
        (503, ProviderUnknown, ProviderBusy),
        (524, ProviderUnknown, ProviderBusy),
        (302, ProviderUnknown, ProviderBusy),
    ],
)
async def test_the_page_of_whatever_stands_in_front_is_no_word_about_the_order(
    studio: Studio, status: int, submit_kind: type[ProviderError], poll_kind: type[ProviderError]
) -> None:
    page = "<!DOCTYPE html><title>Attention required</title>"
    studio.answer(page, page, status=status, headers={"Content-Type": "text/html", "Retry-After": "9"})
    with pytest.raises(submit_kind):
        await studio.provider.submit(order())
    with pytest.raises(poll_kind):
        await studio.provider.poll(Handle("7", {}, ORDINARY))


async def test_an_empty_success_is_not_ready(slow: Studio) -> None:
    handle = await submit_waiting(slow)
    slow.answer(*({"status": "success", "output": output} for output in ("", [], None, [""])), path="fetch")

    for _ in range(4):
        assert isinstance(await slow.provider.poll(handle), Running)


@pytest.mark.parametrize("status", ["processing", "queued", "in_queue", ""])
async def test_an_unknown_status_keeps_the_order_waiting(slow: Studio, status: str) -> None:
    handle = await submit_waiting(slow)
    slow.answer({"status": status}, path="fetch")

    assert isinstance(await slow.provider.poll(handle), Running)


@BOTH
async def test_an_unknown_id_is_waited_for_and_then_lost(slow: Studio, model: str) -> None:
    handle = await submit_waiting(slow, model=model)
    slow.stand_ins.vendors["modelslab"].reset()
    first_look_s = 60.0
    slow.clock.now_s += first_look_s + 29
    early = await slow.provider.poll(handle)
    slow.clock.now_s += 2
    late = await slow.provider.poll(handle)

    assert isinstance(early, Running)
    assert isinstance(late, Failed)
    assert late.error.code == "provider_lost_order"


async def test_an_unknown_id_is_told_by_404_whatever_the_words(slow: Studio) -> None:
    handle = await submit_waiting(slow)
    slow.clock.now_s += 3600
    for body in ({"status": "error", "message": "Oops"}, {}):
        slow.answer(body, path="fetch", status=404)
        failed = await slow.provider.poll(handle)
        assert isinstance(failed, Failed)
        assert failed.error.code == "provider_lost_order"


async def test_an_unknown_id_in_words_is_the_same(slow: Studio) -> None:
    handle = await submit_waiting(slow)
    slow.clock.now_s += 3600
    for message in ("Request not found", "The specified ID does not exist or is not queued", "Invalid id"):
        slow.answer({"status": "error", "messege": message}, path="fetch")
        failed = await slow.provider.poll(handle)
        assert isinstance(failed, Failed)
        assert failed.error.code == "provider_lost_order"


async def test_an_order_found_again_by_its_webhook_is_asked_after_at_its_models_door(slow: Studio) -> None:
    handle = await submit_waiting(slow, model=ENTERPRISE)
    found = Handle(handle.remote_id, {}, ENTERPRISE)

    assert isinstance(await slow.provider.poll(found), Running)
    slow.stand_ins.set_pace(0)
    finished = await wait_for_end(slow, found)
    assert isinstance(finished, Finished)
    assert finished.seed is None
    slow.stand_ins.vendors["modelslab"].reset()
    assert isinstance(await slow.provider.poll(found), Running)


@pytest.mark.parametrize("status", [503, 429])
async def test_an_error_with_an_id_may_stand_for_an_order_that_was_taken(studio: Studio, status: int) -> None:
    studio.answer({"status": "error", "message": "Come back later", "id": 7}, status=status)
    with pytest.raises(ProviderUnknown):
        await studio.provider.submit(order())


async def test_a_model_that_left_the_catalogue_is_asked_after_at_the_door_of_its_order(slow: Studio) -> None:
    handle = await submit_waiting(slow, model=ENTERPRISE)
    await slow.provider.poll(replace(handle, model="modelslab/forgotten"))
    await slow.provider.poll(Handle("7", {}, "modelslab/forgotten"))

    paths = [call["path"].removeprefix("/modelslab/api/") for call in slow.calls()[1:]]
    assert paths == [f"v1/enterprise/flux_headshot/fetch/{handle.remote_id}", "v6/image_editing/fetch/7"]


@BOTH
@pytest.mark.parametrize(
    ("prompt", "kind", "code"),
    [
        ("[moderated]", ProviderRejected, "provider_moderated_input"),
        ("[noface]", ProviderRejected, "provider_no_face"),
        ("[gone]", ProviderRefusedKey, "provider_model_gone"),
        ("", ProviderRejected, "provider_bad_option"),
    ],
)
async def test_a_refused_order_costs_nothing(
    studio: Studio, model: str, prompt: str, kind: type[ProviderError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        await studio.provider.submit(order(model=model, prompt=prompt))

    assert (caught.value.code, caught.value.charged, studio.paid()) == (code, False, 0)


@BOTH
async def test_a_run_that_failed_ends_the_order(studio: Studio, model: str) -> None:
    failed = await studio.provider.poll(await submit_waiting(studio, model=model, prompt="[broken]"))

    assert isinstance(failed, Failed)
    assert isinstance(failed.error, ProviderBroken)
    assert failed.error.vendor_text == "Image generation failed"


async def test_a_flagged_picture_is_withheld_wherever_that_is_said(studio: Studio) -> None:
    with pytest.raises(ProviderRejected) as caught:
        await studio.provider.submit(order(prompt="[nsfw]"))
    remote_id = "7"
    studio.answer({"status": "success", "output": ["https://a.example/a.png"], "nsfw_content_detected": True})
    failed = await studio.provider.poll(Handle(remote_id, {}, ORDINARY))

    assert isinstance(failed, Failed)
    for error in (caught.value, failed.error):
        assert (error.code, error.charged) == ("provider_moderated_output", True)


async def test_the_sixth_order_is_refused_with_the_wait_of_its_body(slow: Studio) -> None:
    for _ in range(5):
        await submit_waiting(slow)
    with pytest.raises(ProviderBusy) as caught:
        await slow.provider.submit(order())

    assert (caught.value.retry_after_s, slow.paid()) == (30, 5)
