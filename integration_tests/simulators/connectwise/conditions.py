"""The grammar of `conditions`, `childConditions` and `customFieldConditions` (section 3), parsed to a tree."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal as OneOf

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from simulators.clock import to_micros

Kind = OneOf["string", "number", "boolean", "null", "datetime", "list"]
GRAMMAR = r"""
start: expr
expr: term (JOIN term)*
term: NOT? "(" expr ")" | predicate
?predicate: FIELD COMPARISON value -> comparison
    | FIELD NOT? (CONTAINS | LIKE) value -> comparison
    | FIELD NOT? IN "(" value ("," value)* ")" -> membership
value: STRING | NUMBER | BOOLEAN | NULL | DATETIME
COMPARISON: /!=|<=|>=|=|<|>/
JOIN.2: /(and|or)\b/i
NOT.2: /not\b/i
CONTAINS.2: /contains\b/i
LIKE.2: /like\b/i
IN.2: /in\b/i
BOOLEAN.2: /(true|false)\b/i
NULL.2: /null\b/i
FIELD: /[A-Za-z_]\w*(\/\w+)*/
STRING: /"([\\]"|[^"])*"|'([\\]'|[^'])*'/
NUMBER: /-?\d+(\.\d+)?/
DATETIME: /\[[^\]]*\]/
%import common.WS
%ignore WS
"""
PARSER = Lark(GRAMMAR, parser="lalr", propagate_positions=False)


class GrammarError(ValueError):
    """The text is no condition."""


@dataclass(frozen=True, slots=True)
class Literal:
    kind: Kind
    value: str | float | int | bool | tuple["Literal", ...] | None


@dataclass(frozen=True, slots=True)
class Predicate:
    """`op`: = != < <= > >= contains like in."""

    path: str
    op: str
    literal: Literal


@dataclass(frozen=True, slots=True)
class Not:
    term: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    terms: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    terms: tuple["Expression", ...]


Expression = Predicate | Not | And | Or
EVERYTHING = And(())


@lru_cache(maxsize=2000)
def parse(text: str, and_first: bool = True) -> Expression:
    """The tree of a condition; an empty text matches everything. Raises GrammarError.

    `and_first`: AND binds tighter than OR, which is uncertain; otherwise both are taken from left to right."""
    if not text.strip():
        return EVERYTHING
    try:
        tree = PARSER.parse(text)
        return _expression(_trees(tree)[0], and_first)
    except UnexpectedInput as error:
        raise GrammarError(f"not a condition at column {error.column}: {text}") from error


def _trees(tree: Tree[Token]) -> list[Tree[Token]]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _tokens(tree: Tree[Token]) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _expression(tree: Tree[Token], and_first: bool) -> Expression:
    result, *terms = [_term(child, and_first) for child in _trees(tree)]
    joins = [token.lower() for token in _tokens(tree)]
    if and_first:
        groups: list[list[Expression]] = [[result]]
        for join, term in zip(joins, terms, strict=True):
            if join == "and":
                groups[-1].append(term)
            else:
                groups.append([term])
        parts = [_and(group) for group in groups]
        return parts[0] if len(parts) == 1 else Or(tuple(parts))
    for join, term in zip(joins, terms, strict=True):
        result = _and([result, term]) if join == "and" else Or((result, term))
    return result


def _and(terms: list[Expression]) -> Expression:
    return terms[0] if len(terms) == 1 else And(tuple(terms))


def _term(tree: Tree[Token], and_first: bool) -> Expression:
    (inner,) = _trees(tree)
    if inner.data != "expr":
        return _predicate(inner)
    found = _expression(inner, and_first)
    return Not(found) if _tokens(tree) else found


def _predicate(tree: Tree[Token]) -> Expression:
    field, *operator = _tokens(tree)
    values = [_literal(value) for value in _trees(tree)]
    literal = Literal("list", tuple(values)) if tree.data == "membership" else values[0]
    predicate = Predicate(str(field), operator[-1].lower(), literal)
    return Not(predicate) if len(operator) > 1 else predicate


def _literal(tree: Tree[Token]) -> Literal:
    (token,) = _tokens(tree)
    match token.type:
        case "STRING":
            return Literal("string", token[1:-1].replace("\\" + token[0], token[0]))
        case "NUMBER":
            return Literal("number", float(token) if "." in token else int(token))
        case "BOOLEAN":
            return Literal("boolean", token.lower() == "true")
        case "DATETIME":
            try:
                return Literal("datetime", to_micros(datetime.fromisoformat(token[1:-1])))
            except ValueError as error:
                raise GrammarError(f"not a date: {token}") from error
    return Literal("null", None)
