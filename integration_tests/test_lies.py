"""Every lie, told alone to every source: the rows that must come, the end that must be told, and no request too many.

`make liar CASES=1` has all variants, and the kinds of lists that are left out here.
"""

import pytest

from liar.cases import cases
from liar.plan import Plan
from liar.runs import result_of
from vendors import VENDORS

CASES = {f"{vendor.name}: {name}": plan for vendor in VENDORS for name, plan in cases(vendor.name, is_short=True)}


@pytest.mark.parametrize("plan", CASES.values(), ids=CASES)
def test_what_a_source_owes_when_its_server_lies(plan: Plan) -> None:
    result = result_of(plan)
    assert result.hits, "nothing was lied about"
    assert not result.problems, str(result)
