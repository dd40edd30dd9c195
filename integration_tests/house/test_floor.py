"""The floor of the unit tests' coverage holds to the last hundredth."""

from pathlib import Path

import pytest
from coverage import Coverage
from coverage.results import should_fail_under

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(("percent", "fails"), [(0.01, True), (0.5, True), (0, False), (-0.01, False)])
def test_coverage_just_below_its_floor_fails(percent: float, fails: bool) -> None:
    measured = Coverage(config_file=str(REPOSITORY / ".coveragerc"), data_file=None)
    floor, precision = measured.get_option("report:fail_under"), measured.get_option("report:precision")
    assert isinstance(floor, float)
    assert isinstance(precision, int)
    assert should_fail_under(floor - percent, floor, precision) is fails


def test_every_source_counts() -> None:
    """The sections of .coveragerc cannot look in folders."""
    measured = Coverage(config_file=str(REPOSITORY / ".coveragerc"), data_file=None).get_option("run:source_pkgs")
    sources = {one.parent.name.replace("-", "_") for one in REPOSITORY.glob("source-*/pyproject.toml")}
    assert measured == sorted({"crm_source", *sources})
