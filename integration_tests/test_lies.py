"""Every lie, told alone to every source: the rows that must come, the end that must be told, and no request too many.

`make liar CASES=1` has all variants, and the kinds of lists that are left out here.
"""

import pytest

from liar.cases import cases
from liar.not_yet import NOT_YET
from liar.plan import Plan
from liar.runs import result_of
from vendors import VENDORS

CASES = {f"{vendor.name}: {name}": plan for vendor in VENDORS for name, plan in cases(vendor.name, is_short=True)}
PARAMETERS = [
    pytest.param(plan, id=name, marks=[pytest.mark.xfail(strict=True)] if name in NOT_YET else [])
    for name, plan in CASES.items()
]


@pytest.mark.parametrize("plan", PARAMETERS)
def test_what_a_source_owes_when_its_server_lies(plan: Plan) -> None:
    result = result_of(plan)
    assert result.hits, "nothing was lied about"
    assert not result.problems, str(result)


def test_what_does_not_work_yet_is_known_by_its_name() -> None:
    assert set(NOT_YET) <= CASES.keys()
