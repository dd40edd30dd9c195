"""The findings as a table for people, and as a report for an issue."""

import json
from collections.abc import Iterator
from typing import Any

from crm_source.verifying.findings import LOOKS, Findings, Look, Verified

SHOWN = {True: "ok", False: "DIFFERS", None: "-"}
IN_JSON = {True: "as relied upon", False: "differs", None: "not looked at"}


def table(found: Verified) -> str:
    """One line a list, and then what differs, in sentences."""
    head = ["stream", "requests", "records", *LOOKS]
    lines = [head, *(_cells(one) for one in found.lists)]
    widths = [max(len(line[place]) for line in lines if place < len(line)) for place in range(len(head))]
    texts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=False)) for line in lines]
    requests = f"{found.answers:,} requests for {len(found.lists):,} streams"
    return "\n".join([*(text.rstrip() for text in texts), "", *_sentences(found), f"{requests}. {_verdict(found)}", ""])


def _cells(one: Findings) -> list[str]:
    if one.refused:
        return [one.stream, str(one.requests), "0", *["-"] * len(LOOKS)]
    return [one.stream, str(one.requests), str(one.rows), *(SHOWN[one.of(name).is_well] for name in LOOKS)]


def _sentences(found: Verified) -> Iterator[str]:
    for one in found.server:
        yield f"{one.name}: {SHOWN[one.is_well]}" + (f": {one.what}." if one.what else "")
    for findings in found.lists:
        if findings.refused:
            yield f"{findings.stream}: not looked at: {findings.refused}."
        for look in findings.looks:
            if look.what:
                yield f"{findings.stream}: {look.name}: {look.what}{_named(findings, look)}."


def _named(findings: Findings, look: Look) -> str:
    names = {"fields": findings.unknown_fields, "types": findings.misfits}.get(look.name, [])
    return f": {', '.join(names)}" if names else ""


def _verdict(found: Verified) -> str:
    if not found.differs:
        return "Everything that could be looked at is as this source relies on it."
    return (
        "Something differs from what this source relies on. It guards against what it knows of, so rows need not be "
        "missing; please open an issue with what `verify --json` prints, which has nothing of a row."
    )


def report(found: Verified) -> str:
    """JSON: names, types, numbers and sentences of our own; no host, no key, no id and nothing of a row."""
    content = {
        "source": found.source,
        "version": found.version,
        "differs": found.differs,
        "answers": found.answers,
        "server": {one.name: _look(one) for one in found.server},
        "streams": [_stream(one) for one in found.lists],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _look(one: Look) -> dict[str, Any]:
    return {"is": IN_JSON[one.is_well], **({"what": one.what} if one.what else {})}


def _stream(one: Findings) -> dict[str, Any]:
    found: dict[str, Any] = {"stream": one.stream, "walk": one.walk, "requests": one.requests, "rows": one.rows}
    names = [*LOOKS, "further"]
    found["looks"] = {name: _look(look) for name in names if (look := one.of(name)).what or look.is_well is not None}
    more = {"unknown_fields": one.unknown_fields, "misfits": one.misfits, "refused": one.refused}
    return found | {name: value for name, value in more.items() if value}
