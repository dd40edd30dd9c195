"""Small changes of a Python module, each of which a test should notice."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

OTHER_WAY: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any"}
# What can be left out: a call for its effect, a change of something, a lock, the way out of a loop, a refusal.
STATEMENTS = (ast.AugAssign, ast.Delete, ast.Break, ast.Continue, ast.Raise)
# Types are for the type checker, and decorators make a function what it is.
NOT_CODE = ("annotation", "returns", "decorator_list", "bases", "type_params")


@dataclass(frozen=True)
class Mutation:
    """`text` is the whole module with the change in it, without comments; `statement` is the line where that begins."""

    statement: int
    line: int
    before: str
    after: str
    text: str


def mutations(source: str) -> Iterator[Mutation]:
    """All of a module, in the order of its lines. The tree is changed, written down, and changed back."""
    tree = ast.parse(source)
    for statement, node, put in _places(tree, 1):
        for other in _changes(node):
            put(other)
            text = ast.unparse(ast.fix_missing_locations(tree))
            put(node)
            after = "(left out)" if isinstance(other, ast.Pass) else _first_line(other)
            yield Mutation(statement, node.lineno, _first_line(node), after, text)


def _first_line(node: ast.AST) -> str:
    return ast.unparse(node).partition("\n")[0]


def _places(parent: ast.AST, line: int) -> Iterator[tuple[int, ast.expr | ast.stmt, Callable[[ast.AST], None]]]:
    """Every expression and statement that is run, the line of its statement, and what puts something in its place."""
    for name, value in ast.iter_fields(parent):
        if name in NOT_CODE:
            continue
        if isinstance(value, ast.AST):
            if isinstance(value, ast.expr):
                yield line, value, partial(setattr, parent, name)
            yield from _places(value, line)
        for place, one in enumerate(value if isinstance(value, list) else ()):
            own = one.lineno if isinstance(one, ast.stmt) else line
            if isinstance(one, ast.expr | ast.stmt):
                yield own, one, partial(value.__setitem__, place)
            if isinstance(one, ast.AST):
                yield from _places(one, own)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, [operator], comparators) if type(operator) in OTHER_WAY:
            yield ast.Compare(left, [OTHER_WAY[type(operator)]()], comparators)  # type: ignore[list-item]
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(OTHER_WAY[type(operator)](), values)  # type: ignore[arg-type]
        case ast.BinOp(left, operator, right) if type(operator) in OTHER_WAY:
            yield ast.BinOp(left, OTHER_WAY[type(operator)](), right)  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.Constant(bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(int(value)):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.IfExp(test, body, otherwise):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, otherwise)
        case ast.If(test, body, otherwise) if not isinstance(test, ast.UnaryOp | ast.Compare):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, otherwise)
        case ast.Name(name, ast.Load()) if name in OTHER_NAME:
            yield ast.Name(OTHER_NAME[name], ast.Load())
        case ast.With(body=body):
            yield ast.If(ast.Constant(True), body, [])
        case ast.Expr(ast.Call()) | ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.stmt() if isinstance(node, STATEMENTS):
            yield ast.Pass()
