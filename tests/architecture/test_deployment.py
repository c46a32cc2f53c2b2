"""The compose file and the Dockerfile are sound, and stay as closed as they are."""

from __future__ import annotations

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import compose
from codebase import ROOT
from deployment import ENVIRONMENT, make_secrets

BIN = Path(sys.executable).parent
DOCKERFILE = ROOT / "platform" / "Dockerfile"
PINNED_IMAGE = re.compile(r"^[a-z/-]+:\d+\.\d+(\.\d+)?(-[a-z]+)*$")
SERVICES = ("prepare", "app", "worker", "db", "broker")


@pytest.fixture(scope="module")
def compose_file() -> compose.ComposeFile:
    return compose.read(ENVIRONMENT)


def lint(*command: str) -> subprocess.CompletedProcess[str]:
    program = str(BIN / command[0])
    return subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_compose_file_keeps_to_the_specification() -> None:
    done = lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(compose.FILE))
    assert done.returncode == 0, done.stdout


def test_the_linter_of_the_compose_file_sees_a_mistake(tmp_path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(compose.FILE.read_text().replace("healthcheck:", "healthchecks:"))
    assert lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(broken)).returncode == 1


def test_the_dockerfile_has_no_finding() -> None:
    done = lint("hadolint", "--failure-threshold", "style", str(DOCKERFILE))
    assert done.returncode == 0, done.stdout


def test_the_linter_of_the_dockerfile_sees_a_mistake(tmp_path) -> None:
    broken = tmp_path / "Dockerfile"
    broken.write_text("FROM python\nRUN sudo apt-get install curl\n")
    assert lint("hadolint", str(broken)).returncode == 1


@pytest.mark.parametrize("variable", sorted(ENVIRONMENT))
def test_an_instance_without_its_identity_is_refused_with_a_sentence(variable: str) -> None:
    with pytest.raises(compose.UnsetVariableError, match=f"{variable}: .+"):
        compose.read({**ENVIRONMENT, variable: ""})


def test_the_services_are_the_ones_that_are_documented(compose_file) -> None:
    assert set(compose_file.services) == set(SERVICES)
    operations = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [name for name in SERVICES if f"| `{name}` |" not in operations] == []


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_with_nothing_it_does_not_need(compose_file, name: str) -> None:
    service = compose_file.services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "pid", "network_mode", "devices"} & set(service)
    assert PINNED_IMAGE.match(service["image"]), service["image"]
    # Our own image names its user in the Dockerfile.
    assert "build" in service or service["user"].split(":")[0] not in ("0", "root")


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "prepare"])
def test_a_service_that_stays_says_whether_it_is_well(compose_file, name: str) -> None:
    check = compose_file.services[name]["healthcheck"]
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(check)


def test_only_the_app_is_published_and_on_loopback_unless_asked(compose_file) -> None:
    assert {name: s["ports"] for name, s in compose_file.services.items() if "ports" in s} == {
        "app": ["127.0.0.1:8000:8000"]
    }
    assert compose_file.content["networks"]["inside"]["internal"] is True
    outside = [name for name, s in compose_file.services.items() if "outside" in s["networks"]]
    assert outside == ["app"]


def test_nobody_starts_before_what_it_needs_is_well(compose_file) -> None:
    waits = {
        name: {needed: how["condition"] for needed, how in s.get("depends_on", {}).items()}
        for name, s in compose_file.services.items()
    }
    assert waits["prepare"] == {"db": "service_healthy"}
    assert waits["app"] == {"prepare": "service_completed_successfully", "db": "service_healthy"}
    assert waits["worker"]["broker"] == "service_healthy"


def test_every_secret_is_a_file_that_make_secrets_makes(compose_file, tmp_path) -> None:
    make_secrets(tmp_path)
    assert {Path(secret["file"]).name for secret in compose_file.content["secrets"].values()} == {
        path.name for path in tmp_path.iterdir()
    }
    for service in compose_file.services.values():
        for name in service.get("environment", {}):
            assert not re.search(r"(PASS|SECRET|TOKEN|DATABASE_URL|BROKER_URL)", name) or name.endswith("_FILE")


def test_secrets_are_new_each_time_fit_each_other_and_are_never_overwritten(tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    make_secrets(first)
    make_secrets(second)
    made = {path.name: path.read_text() for path in first.iterdir()}
    assert made["database_password"] in made["database_url"]
    assert made["broker.conf"].split("default_pass = ")[1].strip() in made["broker_url"]
    assert made["database_password"] != (second / "database_password").read_text()
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    make_secrets(first)
    assert made == {path.name: path.read_text() for path in first.iterdir()}


def test_half_a_pair_of_secrets_is_refused(tmp_path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "broker_url").unlink()
    with pytest.raises(subprocess.CalledProcessError):
        make_secrets(tmp_path)


def test_the_image_is_pinned_staged_and_without_root() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    stages = re.findall(r"^FROM (\S+) AS (\S+)$", text, re.MULTILINE)
    assert [name for _, name in stages] == ["base", "build", "run"]
    assert PINNED_IMAGE.match(stages[0][0])
    assert re.findall(r"^USER (\S+)$", text, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in text
