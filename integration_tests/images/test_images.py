"""The images of all sources in containers, run as a platform and as a person would. `make docker-test` builds them."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from airbyte_cdk.models import AirbyteMessageSerializer

from connector import Destination, Json, Output, configured, files, outcome, run, run_image
from images.image import image_of, in_shell, inspected
from receiver import Receiver
from vendors import VENDORS, Vendor

by_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)


@by_vendor
def test_the_four_commands(vendor: Vendor) -> None:
    sim = vendor.account(2)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        spec = run_image(image_of(vendor), "spec")
        check = run_image(image_of(vendor), "check", config)
        discover = run_image(image_of(vendor), "discover", config)
        read = run_image(image_of(vendor), "read", config, configured(discover.streams.values()))
        assert not sim.violations
        for output in (spec, check, discover, read):
            assert output.exit_code == 0, output.error_text
            assert not output.other_text
            for message in output.messages:
                AirbyteMessageSerializer.load(message)
        assert list(spec.of("SPEC")) == list(run(vendor.source(), "spec").of("SPEC"))
        assert next(check.of("CONNECTION_STATUS"))["connectionStatus"] == {"status": "SUCCEEDED"}
        assert discover.streams == run(vendor.source(), "discover", config).streams
        assert set(read.statuses) == set(discover.streams)
        assert set(read.statuses.values()) == {"COMPLETE"}
        for name, state in read.states.items():
            assert sum(counts(read, name)) == len(read.records.get(name, [])), name
            assert state["stream"]["stream_state"], name


def counts(output: Output, stream: str) -> Iterator[float]:
    """What each state message of a stream says of the number of records since the one before."""
    for message in output.of("STATE"):
        if message["state"]["stream"]["stream_descriptor"]["name"] == stream:
            yield message["state"]["sourceStats"]["recordCount"]


@by_vendor
def test_a_second_read_with_the_state_brings_only_the_changes(vendor: Vendor) -> None:
    chance = random.Random(5)
    sim = vendor.simulator(2, **vendor.few)
    with sim.serve() as url:
        config = vendor.config(sim, url)
        streams = run_image(image_of(vendor), "discover", config).streams
        wanted = {name: streams[name] for name in [*vendor.tables, "deletions"]}
        catalog = configured(wanted.values())
        destination = Destination(wanted)
        sim.clock.advance(3600)
        first = run_image(image_of(vendor), "read", config, catalog)
        destination.load(first)
        sim.clock.advance(3600)
        before = {stream: vendor.expected(sim, stream) for stream in vendor.tables}
        for _ in range(8):
            vendor.mutate(sim, chance)
        sim.clock.advance(3600)
        second = run_image(image_of(vendor), "read", config, catalog, first.states)
        destination.load(second)
        assert (first.exit_code, second.exit_code) == (0, 0)
        for stream in vendor.tables:
            gone = vendor.gone(destination.rows("deletions"), stream, destination.rows(stream))
            after = vendor.expected(sim, stream)
            changed = {key for key, row in after.items() if before[stream].get(key) != row}
            assert changed <= {vendor.key(stream, row) for row in second.records.get(stream, [])}, stream
            rows = {vendor.key(stream, row): vendor.comparable(row) for row in destination.rows(stream)}
            assert {key: row for key, row in rows.items() if key not in gone} == after, stream
        assert 0 < sum(map(len, second.records.values())) < sum(map(len, first.records.values())) / 4


@by_vendor
def test_polls_in_new_containers_tell_each_change_once(vendor: Vendor, tmp_path: Path) -> None:
    sim = vendor.account(2)
    tmp_path.chmod(0o777)  # the container's user is another
    with sim.serve() as url, Receiver(signature_key="MySecretEventSignatureKey") as receiver:
        config = vendor.config(sim, url) | {
            "event_notification_enabled": True,
            "event_notification_callback_url": receiver.url,
            "event_notification_signature_key": receiver.signature_key,
        }
        first = polled_in_image(vendor, config, tmp_path)
        sim.clock.advance(3600)
        changed = set(sim.change(vendor.tables["contacts"], 3))
        sim.clock.advance(1)
        receiver.status = 503
        second = polled_in_image(vendor, config, tmp_path)
        receiver.status = 200
        third = polled_in_image(vendor, config, tmp_path)
        assert [first.exit_code, second.exit_code, third.exit_code] == [0, 1, 0], first.error_text + third.error_text
        assert not receiver.violations
        told = [event["objectId"] for event in receiver.events if event["objectType"] == "contacts"]
        assert sorted(told) == sorted(changed)
        for output in (first, second, third):
            assert not output.other_text
            assert not output.errors


def polled_in_image(vendor: Vendor, config: Json, state_folder: Path) -> Output:
    with files(config, None, None) as folder:
        volumes = ["--volume", f"{folder}:/secrets:ro", "--volume", f"{state_folder}:/state"]
        docker = ["docker", "run", "--rm", "--network", "host", *volumes, image_of(vendor)]
        options = ["--config", "/secrets/config.json", "--state", "/state/state.json"]
        return outcome([*docker, "poll", *options, "--once", "--allow-private-callback"])


@by_vendor
def test_a_wrong_configuration_is_told_and_exits_as_the_protocol_wants(vendor: Vendor) -> None:
    check = run_image(image_of(vendor), "check", {"num_workers": 0})
    (status,) = check.of("CONNECTION_STATUS")
    assert status["connectionStatus"]["status"] == "FAILED"
    assert "num_workers" in status["connectionStatus"]["message"]
    read = run_image(image_of(vendor), "read", {"num_workers": 0}, {"streams": []})
    assert (check.exit_code, read.exit_code) == (0, 1)
    assert read.errors == [status["connectionStatus"]["message"]]
    assert "Traceback" not in str(read.messages) + read.error_text


@by_vendor
def test_the_platform_can_start_it_by_its_variable(vendor: Vendor) -> None:
    done = in_shell(vendor, 'eval "$AIRBYTE_ENTRYPOINT spec"')
    assert done.returncode == 0
    assert '"type":"SPEC"' in done.stdout
    failed = in_shell(vendor, 'eval "$AIRBYTE_ENTRYPOINT check --config /nowhere.json"')
    assert failed.returncode == 0  # a check has a status whatever happens
    assert "FAILED" in failed.stdout
    image = inspected(image_of(vendor))["Config"]
    assert f"AIRBYTE_ENTRYPOINT={' '.join(image['Entrypoint'])}" in image["Env"]


@by_vendor
def test_a_file_that_is_not_there_is_an_error(vendor: Vendor) -> None:
    command = ["docker", "run", "--rm", image_of(vendor), "check", "--config", "/secrets/config.json"]
    output = outcome(command)
    assert output.exit_code == 0
    assert "'FAILED'" in str(output.messages)
    assert "/secrets/config.json" in str(output.messages)
    assert "Traceback" not in str(output.messages) + output.error_text
