"""docker-compose.yml, as far as it can be held to account without a container engine."""

import re
import shlex
from typing import Any

import pytest
import yaml

from config.celery import NICENESS
from tests.desks import ROOT, compose_command

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
OURS = ("migrate", "web", "worker", "beat")
SETTINGS = "".join((ROOT / "config" / name).read_text() for name in ("settings.py", "env.py"))
DOCKERFILE = (ROOT / "config" / "Dockerfile").read_text()


def environment(service: str) -> dict[str, str]:
    return COMPOSE["services"][service].get("environment", {})


def test_the_set_is_web_worker_beat_database_and_broker() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "database", "broker"}
    assert COMPOSE["services"]["database"]["image"] == "postgres:16"
    assert COMPOSE["services"]["broker"]["image"] == "redis:7"
    command = COMPOSE["services"]["broker"]["command"]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


@pytest.mark.parametrize("service", OURS)
def test_every_variable_of_a_service_is_one_that_the_settings_read(service: str) -> None:
    assert environment(service)
    for name in environment(service):
        assert f'"{name.removesuffix("_FILE")}"' in SETTINGS, name


def test_no_secret_has_a_default_and_each_is_a_file() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    defaulted = re.findall(r"\$\{(\w+):?-", text)
    assert set(defaulted) == {"PORT", "WORKER_PROCESSES"}
    for service in COMPOSE["services"]:
        for name, value in environment(service).items():
            secret = any(word in name for word in ("KEY", "PASSWORD", "DATABASE_URL", "BROKER_URL"))
            assert not secret or (name.endswith("_FILE") and value.startswith("/run/secrets/")), name
            if secret:
                assert value.removeprefix("/run/secrets/") in COMPOSE["services"][service]["secrets"]
    named = {each for service in COMPOSE["services"].values() for each in service.get("secrets", ())}
    assert named == set(COMPOSE["secrets"])


def test_the_set_cannot_start_without_an_address() -> None:
    assert environment("web")["PUBLIC_URL"].startswith("${PUBLIC_URL:?")


def test_the_worker_gives_way_to_the_other_containers_as_to_the_other_processes() -> None:
    weight_of_others, a_step_of_niceness = 1024, 1.25
    shares = {name: each["cpu_shares"] for name, each in COMPOSE["services"].items() if "cpu_shares" in each}
    assert shares == {"worker": weight_of_others // a_step_of_niceness**NICENESS}


@pytest.mark.parametrize("service", ["web", "worker", "beat", "database", "broker"])
def test_every_lasting_service_has_a_health_check_and_comes_back(service: str) -> None:
    assert COMPOSE["services"][service]["healthcheck"]["test"]
    assert COMPOSE["services"][service]["restart"] == "unless-stopped"


@pytest.mark.parametrize("service", OURS)
def test_our_services_run_unprivileged_on_a_read_only_system(service: str) -> None:
    described = COMPOSE["services"][service]
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert "privileged" not in described
    assert re.search(r"^USER desk$", DOCKERFILE, re.MULTILINE)


def test_every_volume_is_declared() -> None:
    mounted = {
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
    }
    assert mounted == set(COMPOSE["volumes"])


def test_nothing_but_the_web_server_is_reached_from_outside_and_that_through_a_proxy() -> None:
    published = {name: each["ports"] for name, each in COMPOSE["services"].items() if "ports" in each}
    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_the_image_has_what_the_commands_name_and_no_more() -> None:
    copied = set(re.findall(r"^COPY (\w\S*) \S+$", DOCKERFILE, re.MULTILINE))
    assert {"manage.py", "config", "media_checks", "claims", "verification"} <= copied
    assert all((ROOT / each).exists() for each in copied), copied
    assert "requirements-dev" not in DOCKERFILE
    assert compose_command("web")[1:3] == ["--config", "config/gunicorn.py"]
    default = re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    assert default
    assert yaml.safe_load(default[1]) == compose_command("web")
    assert shlex.split(compose_command("worker")[0]) == ["celery"]
