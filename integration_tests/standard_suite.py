"""The CDK's own connector test suite, for every source, against its vendor's simulator.

`test_standard_suite.py` runs what it tests in this process, `images/test_suite_in_image.py` what it tests in the image.
With a real account, `airbyte-cdk connector test source-closeio` runs the suite as it is.
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from airbyte_cdk.test.entrypoint_wrapper import EntrypointOutput
from airbyte_cdk.test.standard_tests import ConnectorTestScenario, SourceTestSuiteBase, docker_base

from connector import Json
from vendors import VENDORS, Vendor

REPOSITORY = Path(__file__).parent.parent


# The checks of the catalog that the suite does not enforce yet are enforced.
@pytest.mark.usefixtures("unpaced")
@pytest.mark.filterwarnings("error::airbyte_cdk.test.standard_tests.DiscoveredCatalogWarning")
class Suite(SourceTestSuiteBase):
    """The suite for one source. `folder` is the source's, and while the tests run a copy with configurations."""

    vendor: ClassVar[Vendor]
    folder: ClassVar[Path]

    @classmethod
    def get_connector_root_dir(cls) -> Path:
        return cls.folder

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def account(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        """An account at the simulated vendor, and a configuration for it wherever the suite looks for one."""
        folder = tmp_path_factory.mktemp("suite") / cls.folder.name
        folder.mkdir()
        for name in ("metadata.yaml", "acceptance-test-config.yml"):
            shutil.copy(cls.folder / name, folder)
        sim = cls.vendor.account(3)
        with sim.serve() as url, pytest.MonkeyPatch.context() as patch:
            for scenario in cls.get_scenarios():
                path = folder / str(scenario.config_path)
                path.parent.mkdir(exist_ok=True)
                path.write_text(json.dumps(cls.configuration(scenario, cls.vendor.config(sim, url))))
            patch.setattr(cls, "folder", folder)
            yield

    @classmethod
    def configuration(cls, scenario: ConnectorTestScenario, working: Json) -> Json:
        """The account's in place of a user's; one that must fail stays, but for the address of the simulator."""
        if scenario.requires_creds:
            return working
        properties = cls.vendor.source().spec(logging.getLogger()).connectionSpecification["properties"]
        address = {name: value for name, value in working.items() if properties[name].get("x-base-url")}
        assert address
        given: Json = json.loads((cls.folder / str(scenario.config_path)).read_text())
        return {**given, **address}

    @pytest.fixture(autouse=True)
    def containers_on_loopback(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The simulator serves on loopback, the only place to which a source sends a key unencrypted."""
        run: Callable[..., EntrypointOutput] = docker_base.run_docker_airbyte_command

        def on_loopback(command: list[str], **options: Any) -> EntrypointOutput:
            docker, verb, *arguments = command
            return run([docker, verb, "--network=host", *arguments], **options)

        monkeypatch.setattr(docker_base, "run_docker_airbyte_command", on_loopback)

    @pytest.fixture
    def connector_image_override(self) -> str:
        """The image that docker/images has built."""
        return f"crm-sources/{self.folder.name}:dev"

    @pytest.fixture
    def connector_base_image_override(self) -> None:
        """Nothing, because no image is built here."""

    @pytest.fixture
    def read_from_streams(self) -> str:
        return "all"


def suites(of_image: bool) -> dict[str, type]:
    """A test class for each source, with the tests of the image or with all others."""
    tests = [name for name in dir(SourceTestSuiteBase) if name.startswith("test_")]
    elsewhere = {name: None for name in tests if name.startswith("test_docker_image") is not of_image}
    return {
        f"Test{vendor.name.title()}": type(
            vendor.name, (Suite,), {**elsewhere, "vendor": vendor, "folder": REPOSITORY / vendor.script}
        )
        for vendor in VENDORS
    }
