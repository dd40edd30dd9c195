"""The manifests can be applied as they are: valid, consistent, and with command lines that the source takes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from jsonschema import Draft7Validator

from connector import Json
from crm_source.commands import options_of
from source_closeio.source import SourceCloseio

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "deploy"
FILES = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = DEPLOY / "compose.yaml"
SCRIPT = "/venv/bin/source-closeio"


def documents() -> Iterator[Json]:
    for path in FILES:
        yield from (one for one in yaml.safe_load_all(path.read_text()) if one)


def pods() -> dict[str, Json]:
    """Kind -> its pod."""
    found = {one["kind"]: one["spec"] for one in documents()}
    return {
        "Deployment": found["Deployment"]["template"]["spec"],
        "CronJob": found["CronJob"]["jobTemplate"]["spec"]["template"]["spec"],
    }


def compose() -> Json:
    return dict(yaml.safe_load(COMPOSE.read_text()))


def command_lines() -> list[list[str]]:
    """Those of containers, and of probes without the script."""
    found = []
    for pod in pods().values():
        (container,) = pod["containers"]
        found.append(container["args"])
        probes = (container.get(name) for name in ("startupProbe", "livenessProbe"))
        found += [probe["exec"]["command"] for probe in probes if probe]
    service = compose()["services"]["poll"]
    return [*found, service["command"], service["healthcheck"]["test"][1:]]


@pytest.mark.parametrize("document", list(documents()), ids=lambda one: one["kind"])
def test_a_manifest_is_what_kubernetes_takes(document: Json) -> None:
    kubernetes_validate.validate(document, "1.34", strict=True)


def test_a_manifest_with_a_mistake_is_found() -> None:
    document = next(one for one in documents() if one["kind"] == "Deployment")
    document["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(document, "1.34", strict=True)


def test_the_compose_file_is_valid() -> None:
    """By a schema of our own of what it uses: the package index has none of the whole specification."""
    schema = json.loads((Path(__file__).parent / "compose.schema.json").read_text())
    Draft7Validator.check_schema(schema)
    assert not [error.message for error in Draft7Validator(schema).iter_errors(compose())]
    wrong: Any = compose()
    wrong["services"]["poll"]["healthcheck"]["interval"] = 120
    assert list(Draft7Validator(schema).iter_errors(wrong))


def test_the_source_takes_every_command_line() -> None:
    lines = command_lines()
    assert len(lines) == 6
    for line in lines:
        args = line[1:] if line[0] == SCRIPT else line
        options = options_of(SourceCloseio(), args)
        assert options.command == "poll"
        assert options.state == "/state/closeio.json"
        assert options.healthy or options.config == "/secrets/config.json"


@pytest.mark.parametrize("kind", ["Deployment", "CronJob"])
def test_what_is_mounted_is_there_and_nothing_more_may_be_written(kind: str) -> None:
    pod = pods()[kind]
    (container,) = pod["containers"]
    assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    claims = {one["metadata"]["name"] for one in documents() if one["kind"] == "PersistentVolumeClaim"}
    assert {
        one["persistentVolumeClaim"]["claimName"] for one in pod["volumes"] if "persistentVolumeClaim" in one
    } <= claims
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["terminationGracePeriodSeconds"] > 10


def test_one_poller_at_a_time() -> None:
    found = {one["kind"]: one["spec"] for one in documents()}
    assert (found["Deployment"]["replicas"], found["Deployment"]["strategy"]) == (1, {"type": "Recreate"})
    assert found["CronJob"]["concurrencyPolicy"] == "Forbid"


def test_the_image_is_that_of_the_dockerfile() -> None:
    dockerfile = (REPOSITORY / "source-closeio" / "Dockerfile").read_text()
    name = dockerfile.partition('io.airbyte.name="')[2].partition('"')[0]
    version = dockerfile.partition('io.airbyte.version="')[2].partition('"')[0]
    images = {one["image"] for one in compose()["services"].values()}
    images |= {one["image"] for pod in pods().values() for one in pod["containers"]}
    assert images == {f"{name}:{version}"}
    assert f'ENTRYPOINT ["{SCRIPT}"]' in dockerfile
