"""What a person reads of a sync: its warnings and errors, and whether they tell of rows that are missing."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from liar.process import Command

TELLING = re.compile(r"without|missing|skipp|left out|unread|not read|could not be read|cannot be read|gone|no record")


def texts(output: Command) -> Iterable[str]:
    """Whatever a person may see."""
    yield from output.logs
    yield from output.other_text
    for message in output.of("TRACE"):
        if error := message["trace"].get("error"):
            yield from (str(error.get(name) or "") for name in ("message", "internal_message", "stack_trace"))


def about(output: Command, stream: str) -> str:
    return next((text for text in output.errors if stream in text), "no error names it")[:300]


def is_told(output: Command, names: Sequence[str], missing: set[Any]) -> bool:
    """Whether a warning or an error names the stream and the rows, or how many they are, or that some are missing."""
    return any(TELLING.search(text) for text in _near(output, names)) or is_counted(output, names, missing)


def is_counted(output: Command, names: Sequence[str], missing: set[Any]) -> bool:
    """Whether one names the stream, and the rows or how many they are."""
    marks = {str(len(missing)), *(str(key) for key in missing)}
    return any(marks & set(re.findall(r"[\w.-]+", text)) for text in _near(output, names))


def _near(output: Command, names: Sequence[str]) -> list[str]:
    warnings = [m["log"]["message"] for m in output.of("LOG") if m["log"]["level"] in ("WARN", "ERROR", "FATAL")]
    return [text for text in (*warnings, *output.errors) if any(name in text for name in names)]


def few(keys: Iterable[Any]) -> str:
    return ", ".join(str(key) for key in sorted(keys, key=str)[:3])
