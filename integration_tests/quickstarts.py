"""The pages docs/quickstarts, as what they tell people to do: files to save, commands to run, SQL to ask."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector import Json

FOLDER = Path(__file__).parent.parent / "docs" / "quickstarts"
_BLOCK = re.compile(r"(?ms)^```(\w+)\n(.*?)^```$")
_SAVED = re.compile(r"[Ss]ave (?:this|it) as\s+`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """`file`: the name under which the page says to save it; "" for none."""

    language: str
    text: str
    file: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def blocks(name: str) -> list[Block]:
    """Those of a page, in order."""
    text = (FOLDER / f"{name}.md").read_text()
    found, end = [], 0
    for one in _BLOCK.finditer(text):
        saved = _SAVED.findall(text[end : one.start()])
        found.append(Block(one[1], one[2], saved[-1] if saved else ""))
        end = one.end()
    return found


def only(name: str, language: str) -> list[str]:
    return [one.text for one in blocks(name) if one.language == language]


def save(folder: Path, block: Block, of_the_account: Mapping[str, Any]) -> None:
    """As the page says, with an account's own entries in place of those of the page, or beside them."""
    config: Json = json.loads(block.text)
    inner = config.get("configuration", config)
    inner.update(of_the_account)
    path = folder / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(config))
