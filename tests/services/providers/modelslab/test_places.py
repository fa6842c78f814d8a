"""Pictures lie on many hosts; none of them is this machine or its network."""

import pytest

from services.providers.modelslab.places import may_fetch

BASE = "https://modelslab.com"


@pytest.mark.parametrize(
    "url",
    [
        "https://pub-3626123a908346a7a8be8d9295f44e26.r2.dev/temp/a-0.png",
        "https://cdn2.stablediffusionapi.com/temp/a-0.png",
        "https://assets.modelslab.ai/generations/a",
        "https://modelslab-bom.s3.amazonaws.com/modelslab/a-0.base64",
        "https://my_bucket.s3.eu-west-1.amazonaws.com/a.png?X-Amz-Signature=1",
        "https://media.example.co.uk/a.png",
        "https://modelslab.com/a.png",
        "https://xn--bcher-kva.example./a.png",
    ],
)
def test_a_public_name_may_be_fetched_by_https(url: str) -> None:
    assert may_fetch(url, BASE)


@pytest.mark.parametrize(
    "url",
    [
        "http://pub-1.r2.dev/a.png",
        "https://media.example.co.uk:8443/a.png",
        "ftp://pub-1.r2.dev/a.png",
        "https://localhost/a.png",
        "https://a.localhost/a.png",
        "https://127.0.0.1/a.png",
        "https://127.1/a.png",
        "https://2130706433/a.png",
        "https://0x7f.0.0.1/a.png",
        "https://0x7f000001/a.png",
        "https://10.0.0.0x1/a.png",
        "https://[::1]/a.png",
        "https://[fe80::1%25eth0]/a.png",
        "https://printer/a.png",
        "https://printer.local/a.png",
        "https://metadata.google.internal/a.png",
        "https://user@pub-1.r2.dev/a.png",
        "https://user:secret@pub-1.r2.dev/a.png",
        "https:///a.png",
        "https://a..b/a.png",
        "https://[",
        "not an address",
        "",
    ],
)
def test_nothing_else_may_be_fetched(url: str) -> None:
    assert not may_fetch(url, BASE)


def test_the_host_of_the_setting_may_be_fetched_by_its_own_scheme() -> None:
    assert may_fetch("http://127.0.0.1:9000/temp/a.png", "http://127.0.0.1:8500/modelslab")
    assert not may_fetch("http://127.0.0.2:9000/temp/a.png", "http://127.0.0.1:8500/modelslab")
