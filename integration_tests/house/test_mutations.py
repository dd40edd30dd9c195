"""What `make mutants` changes, and what it leaves alone."""

import ast

import pytest

from house.mutations import mutations

TEXT = '''"""A module."""

@decorated(frozen=True)
def least(rows: "list[int]" = ()) -> int:
    """Zero of none."""
    with lock:
        self.count += 1
        return min(rows) if rows else 0
'''


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a < b", ["a <= b"]),
        ("a is not None", ["a is None"]),
        ("a and b", ["a or b"]),
        ("not a", ["a"]),
        ("a - 1", ["a + 1", "a - 2", "a - 0"]),
        ("x = True", ["x = False"]),
        ("if a:\n    b()", ["if not a:\n    b()", "if a:\n    pass"]),
        ("for a in b:\n    break", ["for a in b:\n    pass"]),
        ("self.x = y", ["pass"]),
        ("x = y", []),
        ("x: int = y", []),
        ("'a text'", []),
        ("sorted(max(a))", ["pass", "sorted(min(a))"]),
    ],
)
def test_a_statement_is_changed_in_these_ways(text: str, changed: list[str]) -> None:
    assert [one.text for one in mutations(text)] == changed


def test_each_mutant_has_one_change_and_says_where() -> None:
    found = [(one.statement, one.line, one.before, one.after) for one in mutations(TEXT)]
    assert found == [
        (6, 6, "with lock:", "if True:"),
        (7, 7, "self.count += 1", "(left out)"),
        (7, 7, "1", "2"),
        (7, 7, "1", "0"),
        (8, 8, "min(rows) if rows else 0", "min(rows) if not rows else 0"),
        (8, 8, "min", "max"),
        (8, 8, "0", "1"),
        (8, 8, "0", "-1"),
    ]
    assert len({one.text for one in mutations(TEXT)} - {ast.unparse(ast.parse(TEXT))}) == len(found)
