"""Changes of files, each in the place where a person would make it."""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from house.new_stream.wanted import CannotError


@dataclass(frozen=True)
class Place:
    """A row of a table, written as a call whose first argument is the stream's name."""

    file: Path
    last_line: int
    constructor: str
    texts: tuple[str, ...]  # arguments, the stream's name first
    keywords: frozenset[str]

    @property
    def name(self) -> str:
        return self.texts[0]


def places(file: Path) -> Iterator[Place]:
    """The rows of the tuples in a file."""
    for statement in ast.parse(file.read_text()).body:
        value = getattr(statement, "value", None)
        for one in value.elts if isinstance(value, ast.Tuple) else ():
            texts = [arg.value for arg in getattr(one, "args", ()) if isinstance(arg, ast.Constant)]
            if isinstance(one, ast.Call) and texts and isinstance(texts[0], str):
                keywords = frozenset(str(each.arg) for each in one.keywords)
                yield Place(file, one.end_lineno or 0, ast.unparse(one.func), tuple(map(str, texts)), keywords)


def insert_after(file: Path, line: int, text: str) -> None:
    lines = file.read_text().splitlines()
    lines[line:line] = [text]
    file.write_text("\n".join(lines) + "\n")


def add_to(file: Path, variable: str, text: str) -> None:
    """A further element of the tuple or dictionary of that name, as the last one; it may be that of a class."""
    for statement in ast.walk(ast.parse(file.read_text())):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        value = getattr(statement, "value", None)
        if value and any(isinstance(one, ast.Name) and one.id == variable for one in targets):
            insert_after(file, value.end_lineno - 1, f"    {text},")
            return
    raise CannotError(f"{file.name} has no {variable}.")


def add_to_argument(file: Path, function: str, first: str, name: str, more: Iterable[str]) -> None:
    """Further texts in the tuple `name` of the call of this function whose first argument is the text `first`."""
    code = file.read_text()
    for call in ast.walk(ast.parse(code)):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == function and _text_of(call.args[0]) == first:
            before = ast.get_source_segment(code, call) or ""
            known = [text for one in call.keywords if one.arg == name for text in ast.literal_eval(one.value)]
            texts = tuple(dict.fromkeys([*known, *more]))
            others = [one for one in call.keywords if one.arg != name]
            call.keywords = [*others, ast.keyword(name, ast.parse(repr(texts), mode="eval").body)]
            file.write_text(code.replace(before, ast.unparse(call), 1))
            return
    raise CannotError(f"{file.name} has no {function}({first!r}, ...).")


def _text_of(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else None


def add_before(file: Path, variable: str, text: str) -> None:
    """A definition in front of the variable; of what fits that pattern."""
    code, count = re.subn(rf"(?m)^{variable}\b", lambda found: f"{text}\n\n\n{found[0]}", file.read_text(), count=1)
    if not count:
        raise CannotError(f"{file.name} has no {variable}.")
    file.write_text(code)


def add_import(file: Path, line: str) -> None:
    """ruff sorts it in afterwards."""
    first = next(one.lineno for one in ast.parse(file.read_text()).body if isinstance(one, ast.ImportFrom | ast.Import))
    insert_after(file, first - 1, line)


def add_line(file: Path, text: str) -> None:
    """A further line of a JSON list or object that has one line for each entry."""
    body, end = file.read_text().rstrip()[:-1].rstrip(), file.read_text().rstrip()[-1]
    file.write_text(f"{body},\n{text}\n{end}\n")


def add_model(file: Path, name: str, fields: Mapping[str, Any], inside: str = "", indent: str = "") -> None:
    """A further model of a JSON object of models, with one line for each field; `inside` is the object's own name."""
    lines = ",\n".join(f"{indent}  {json.dumps(one)}: {json.dumps(about)}" for one, about in fields.items())
    text = f"{indent}{json.dumps(name)}: {{\n{lines}\n{indent}}}"
    if not inside:
        add_line(file, text)
        return
    ends = "\n  }\n}\n"
    code = file.read_text()
    if list(json.loads(code))[-1] != inside or not code.endswith(ends):
        raise CannotError(f"{file.name}: {inside} must come last, for a model to be added to it.")
    file.write_text(f"{code.removesuffix(ends)},\n{text}{ends}")
