"""The JSON files of the command line, as people and platforms leave them."""

import codecs
import json
import os
from pathlib import Path
from typing import Any

from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from crm_source.errors import configuration_error

DEEPEST = 100  # levels of lists and objects in each other; what follows links or quotes a value goes down by recursion
# Longest first: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def json_of(path: str, what: str) -> Any:
    """The content of a file that should hold `what`, such as "configuration".

    It is UTF-8, or what its byte order mark says: editors of Windows save UTF-16. Raises a configuration error that
    names the file and says what to do.
    """
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # a path with a NUL is a ValueError
        why = getattr(error, "strerror", None) or error
        raise configuration_error(
            f"The {what} cannot be read: {path}: {why}. In a container, mount the file's folder, give the path inside, "
            "and let the user with the id 1000 read it."
        ) from error
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise not_a(what, path, f"it is not text in UTF-8 (from byte {error.start:,} on); save it as UTF-8") from None
    if not text.strip():
        raise not_a(what, path, "it is empty")
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{error.msg} in line {error.lineno:,}, column {error.colno:,}"
        raise not_a(what, path, f"it is not valid JSON ({place})") from None
    except (RecursionError, ValueError) as error:  # ValueError: an integer of more digits than Python reads
        raise not_a(what, path, f"it is nested too deep, or has too long a number ({error})") from None
    if _is_deeper(found, DEEPEST):
        raise not_a(what, path, f"it is nested more than {DEEPEST} levels deep")
    return found


def object_of(path: str, what: str) -> dict[str, Any]:
    """Like `json_of`, for a file that must hold an object."""
    found = json_of(path, what)
    if not isinstance(found, dict):
        raise not_a(what, path, f"it holds {kind_of(found)}, and must hold an object, {{...}}")
    return found


def replace_file(path: Path, text: str, what: str) -> None:
    """Write a file anew, as a whole: whoever reads it finds the old text or the new. Raises a configuration error."""
    path = Path(os.path.realpath(path))
    new = _beside(path)
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _not_written(path, what, error.strerror or str(error)) from error


def check_replaceable(path: Path, what: str) -> None:
    """Raises a configuration error when `replace_file` would fail, before there is anything to be lost."""
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise _not_written(path, what, "It is there, and is no regular file")
    try:
        _beside(path).touch()
        _beside(path).unlink()
    except OSError as error:
        raise _not_written(path, what, error.strerror or str(error)) from error


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _not_written(path: Path, what: str, why: str) -> AirbyteTracedException:
    return configuration_error(
        f"The {what} cannot be written: {path}: {why}. In a container, mount its folder and let the user with the id "
        "1000 write to it."
    )


def not_a(what: str, path: str, why: str) -> AirbyteTracedException:
    return configuration_error(f"{path} does not hold a {what}: {why}.")


def kind_of(value: object) -> str:
    """What JSON calls the type of a value, with an article."""
    kinds = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "a text",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "null")


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects are in each other more than so many levels deep; without recursion."""
    level: list[object] = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True
