"""`Dockerfile` and `compose.yaml`, read and held against the code: where no container engine is, nobody starts them.

The same processes with the same settings are started in `tests/e2e/test_roles.py`, without containers.
"""

import re
from typing import Any, Final

import pytest
import yaml

from cli import verbs
from cli.roles import parse_shards
from services.settings import Settings
from services.web.health import Probes, health_routes
from tests.architecture_rules import OURS, ROOT

Json = dict[str, Any]

COMPOSE: Final[Json] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: Final[Json] = COMPOSE["services"]
LIMNERS: Final = {name: one for name, one in SERVICES.items() if one.get("image") == "limner"}
DOCKERFILE: Final = (ROOT / "Dockerfile").read_text("utf-8")
OPERATING: Final = (ROOT / "docs" / "operating.md").read_text("utf-8")


def setting_names() -> set[str]:
    return {
        (field.validation_alias if isinstance(field.validation_alias, str) else name).upper()
        for name, field in Settings.model_fields.items()
    }


async def _is_up() -> bool:
    return True


def health_paths() -> set[str]:
    return {route.path for route in health_routes(Probes(None, _is_up))}


def test_it_is_the_topology_that_is_tested_as_processes() -> None:
    roles = [one["command"][0] for one in LIMNERS.values() for _ in range(replicas_of(one))]

    assert sorted(roles) == ["gateway", "gateway", "web", "worker", "worker"]
    assert {"proxy", "database", "store"} <= SERVICES.keys()


def replicas_of(service: Json) -> int:
    return int(service.get("deploy", {}).get("replicas", 1))


@pytest.mark.parametrize("name", LIMNERS)
def test_every_command_is_a_verb_of_ours(name: str) -> None:
    assert LIMNERS[name]["command"][0] in verbs.SERVICES


def test_every_shard_has_one_gateway() -> None:
    shards = [
        parse_shards(one["command"][2])
        for one in LIMNERS.values()
        if one["command"][:2] == ["gateway", "--shards"]
    ]
    ids = sorted(shard for each in shards for shard in each.ids)

    assert {each.count for each in shards} == {len(ids)}
    assert ids == list(range(len(ids)))


@pytest.mark.parametrize("name", LIMNERS)
def test_every_variable_is_a_setting(name: str) -> None:
    assert set(LIMNERS[name]["environment"]) <= setting_names()


def test_all_parts_have_the_same_settings() -> None:
    environments = [one["environment"] for one in LIMNERS.values()]

    assert all(one == environments[0] for one in environments)


@pytest.mark.parametrize("name", LIMNERS)
def test_every_health_check_asks_an_address_that_the_part_serves(name: str) -> None:
    service = LIMNERS[name]
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)'", service["healthcheck"]["test"][-1])
    assert asked is not None
    port = "LIMNER_PORT" if service["command"][0] in {"run", "web"} else "LIMNER_HEALTH_PORT"

    assert int(asked[1]) == service["environment"][port]
    assert asked[2] in health_paths()


@pytest.mark.parametrize("name", LIMNERS)
def test_no_part_runs_as_root_or_writes_into_its_image(name: str) -> None:
    service = LIMNERS[name]

    assert service["user"].split(":")[0] not in {"", "0", "root"}
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


LASTING: Final = sorted(name for name, one in SERVICES.items() if "restart" in one)
NEEDED: Final = {"proxy": ["NET_BIND_SERVICE"]}
"""What of root's powers a part of others needs: the proxy listens at 80 and 443."""


@pytest.mark.parametrize("name", LASTING)
def test_whatever_stays_up_has_a_health_check_and_none_of_roots_powers_that_it_does_not_need(
    name: str,
) -> None:
    service = SERVICES[name]

    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == NEEDED.get(name, [])


def test_the_database_does_not_run_as_root() -> None:
    assert SERVICES["database"]["user"] == "postgres"


@pytest.mark.parametrize("name", LIMNERS)
def test_every_part_waits_for_the_database_and_the_bucket(name: str) -> None:
    waits = LIMNERS[name]["depends_on"]

    assert waits["database"] == {"condition": "service_healthy"}
    assert waits["bucket"] == {"condition": "service_completed_successfully"}
    assert waits.keys() <= SERVICES.keys()


def test_a_worker_has_longer_to_stop_than_it_drains() -> None:
    drain_s = Settings.model_fields["drain_s"].default

    assert int(LIMNERS["worker"]["stop_grace_period"].removesuffix("s")) > drain_s


def test_only_the_webhooks_come_in_from_outside() -> None:
    published = [name for name, one in SERVICES.items() if one.get("ports")]
    proxy = COMPOSE["configs"]["proxy"]["content"]

    assert published == ["proxy"]
    assert "handle /hooks/* {" in proxy
    assert proxy.count("reverse_proxy web:8480") == 1


def test_every_variable_of_the_operator_is_explained() -> None:
    text = (ROOT / "compose.yaml").read_text("utf-8")
    needed = set(re.findall(r"\$\{(\w+)", text))

    assert needed
    assert [name for name in sorted(needed) if f"`{name}`" not in OPERATING] == []


def test_every_image_from_elsewhere_names_its_version() -> None:
    images = [one["image"] for one in SERVICES.values() if one.get("image") != "limner"]

    assert all(":" in image.split("/")[-1] and not image.endswith(":latest") for image in images), images


def copied() -> set[str]:
    lines = [line.split()[1:-1] for line in DOCKERFILE.splitlines() if re.match(r"COPY (?!--)", line)]
    return {name for names in lines for name in names}


def test_the_image_has_all_that_the_bot_consists_of_and_nothing_else() -> None:
    parts = set(OURS) - {"benchmarks"}
    kept = {
        line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")
    }

    assert copied() == parts | {"face_features.json", "requirements.txt"}
    assert kept == copied()
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_runs_a_verb_as_nobody_in_particular() -> None:
    lines = DOCKERFILE.splitlines()
    users = [line for line in lines if line.startswith("USER ")]
    [command] = [line for line in lines if line.startswith("CMD ")]

    assert users == ["USER limner"]
    assert 'ENTRYPOINT ["python", "bot.py"]' in lines
    assert yaml.safe_load(command.removeprefix("CMD "))[0] in verbs.VERBS


def test_the_image_asks_after_its_health_where_the_bot_answers() -> None:
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)'", DOCKERFILE)

    assert asked is not None
    assert int(asked[1]) == Settings.model_fields["port"].default
    assert asked[2] in health_paths()


def test_the_image_sets_settings_of_ours_only() -> None:
    [block] = re.findall(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    names = set(re.findall(r"(\w+)=", block))

    assert {name for name in names if name.startswith("LIMNER_")} <= setting_names()
    assert "LIMNER_DATA" in names
