"""fal's addresses are followed, and our key goes to fal and to nobody else."""

from collections.abc import Mapping

import pytest

from services.models import JsonValue
from services.providers.fal.addresses import Addresses, is_request_id, trimmed, with_logs

REAL = Addresses("https://queue.fal.run", "https://rest.fal.ai")
LOCAL = Addresses("http://127.0.0.1:9001/fal/queue", "http://127.0.0.1:9001/fal/rest")

STRANGERS = [
    "https://queue.fal.run.evil.example/x",
    "https://evilfal.run/x",
    "https://fal.run@evil.example/x",
    "https://user:word@queue.fal.run/x",
    "http://queue.fal.run/x",
    "http://169.254.169.254/latest",
    "ftp://queue.fal.run/x",
    "//queue.fal.run/x",
    "http://[",
    "",
]


@pytest.mark.parametrize(
    ("endpoint", "kept"),
    [
        ("fal-ai/flux-pro/v1.1-ultra", "fal-ai/flux-pro"),
        ("fal-ai/flux/dev/image-to-image", "fal-ai/flux"),
        ("fal-ai/flux-realism", "fal-ai/flux-realism"),
        ("workflows/owner/name/path", "workflows/owner/name"),
        ("comfy/owner/name/path", "comfy/owner/name"),
    ],
)
def test_the_path_of_an_endpoint_is_used_for_the_submit_only(endpoint: str, kept: str) -> None:
    assert trimmed(endpoint) == kept


@pytest.mark.parametrize("host", ["queue.fal.run", "fal.run", "queue.falrun.com", "rest.fal.ai"])
def test_fals_hosts_are_asked(host: str) -> None:
    assert REAL.may_ask(f"https://{host}/fal-ai/flux/requests/1/status")


@pytest.mark.parametrize("url", STRANGERS)
def test_no_stranger_is_asked_or_fetched_from(url: str) -> None:
    assert not REAL.may_ask(url)
    assert not REAL.may_fetch(url)


@pytest.mark.parametrize("host", ["v3.fal.media", "fal.media", "v3b.fal.media", "storage.googleapis.com"])
def test_pictures_are_fetched_from_fals_media_hosts_which_never_get_the_key(host: str) -> None:
    assert REAL.may_fetch(f"https://{host}/files/b/1.jpeg")
    assert not REAL.may_ask(f"https://{host}/files/b/1.jpeg")


def test_a_configured_host_may_be_asked_and_fetched_from() -> None:
    assert LOCAL.may_ask("http://127.0.0.1:9001/fal/queue/fal-ai/flux/requests/1")
    assert LOCAL.may_fetch("http://127.0.0.1:9001/fal/cdn/files/b/1.jpeg")
    assert not LOCAL.may_ask("http://127.0.0.2:9001/fal/queue/fal-ai/flux/requests/1")


def test_only_those_addresses_of_an_answer_are_kept_that_lead_to_fal() -> None:
    answer: Mapping[str, JsonValue] = {
        "status_url": "https://queue.fal.run/fal-ai/flux/requests/1/status",
        "response_url": "https://evil.example/1",
        "cancel_url": 7,
    }
    assert REAL.given(answer) == {"status": answer["status_url"]}


@pytest.mark.parametrize("given", [{}, {"status": "https://evil.example/steal"}])
def test_an_address_that_is_missing_or_strange_is_built_as_fals_clients_build_it(
    given: Mapping[str, str],
) -> None:
    found = [
        REAL.find(name, given, "fal-ai/flux-pro/v1.1-ultra", "id-1")
        for name in ("status", "response", "cancel")
    ]
    base = "https://queue.fal.run/fal-ai/flux-pro/requests/id-1"
    assert found == [f"{base}/status", base, f"{base}/cancel"]


@pytest.mark.parametrize(("endpoint", "remote_id"), [("", "id-1"), ("fal-ai/flux", "../../admin")])
def test_no_address_is_built_of_what_is_not_known(endpoint: str, remote_id: str) -> None:
    assert REAL.find("status", {}, endpoint, remote_id) is None


@pytest.mark.parametrize("value", ["", "a/b", "a b", "a?b", "ä", "x" * 201, 7, None])
def test_an_id_that_cannot_stand_in_an_address_is_none(value: JsonValue) -> None:
    assert not is_request_id(value)


def test_log_lines_are_asked_for_once() -> None:
    assert (
        with_logs("https://queue.fal.run/x/status?logs=0&a=1") == "https://queue.fal.run/x/status?logs=1&a=1"
    )
