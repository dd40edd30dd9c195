"""`make pictures`: docs/pictures, made with headless Chromium of the specifications and of a simulated account.

The form of each source is drawn by the rules of the platform's: entries in their order and groups, required and open
ones first, the others behind `Optional fields`, hidden ones not at all.
"""

import hashlib
import html
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from connector import Json, configured, run
from house.columns.page import queries_of
from loaded_tables import load
from vendors import VENDORS, Vendor

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 760
MOST_ROWS = 8
MADE_OF = "Made of"
STYLE = """
body { font: 14px "DejaVu Sans", sans-serif; margin: 20px; width: 720px; color: #1a1a2e; background: white }
h1 { font-size: 18px } fieldset { border: 1px solid #d6d9e0; border-radius: 8px; margin: 0 0 14px; padding: 10px 16px }
legend { font-weight: bold } label { display: block; margin-top: 8px } small { color: #6b7280; display: block }
.box { border: 1px solid #b9bfcc; border-radius: 5px; padding: 5px 9px; margin: 3px 0; color: #8a91a1; height: 17px }
.box i { float: right; font-style: normal } b.must { color: #c0392b } details { color: #4f46e5; margin-top: 10px }
table { border-collapse: collapse } td, th { border: 1px solid #d6d9e0; padding: 4px 10px; text-align: left }
th { background: #f3f4f8 } td.number { text-align: right } code { font-size: 12px; white-space: pre }
"""


def form(specification: Json) -> str:
    """The form of a connection specification as HTML."""
    entries = sorted(specification["properties"].items(), key=lambda one: one[1]["order"])
    shown = [(name, one) for name, one in entries if not one.get("airbyte_hidden")]
    parts = [f"<h1>New source: {specification['title']}</h1>"]
    for group in specification["groups"]:
        inside = [(name, one) for name, one in shown if one["group"] == group["id"]]
        is_open = [(name in specification["required"] or one.get("always_show")) for name, one in inside]
        fields = [_entry(name, one, specification) for (name, one), is_ in zip(inside, is_open, strict=True) if is_]
        closed = [one["title"] for (_, one), is_ in zip(inside, is_open, strict=True) if not is_]
        if closed:
            fields.append(f"<details><summary>Optional fields</summary></details><small>{', '.join(closed)}</small>")
        parts.append(f"<fieldset><legend>{group['title']}</legend>{''.join(fields)}</fieldset>")
    return "".join(parts)


def form_of(vendor: Vendor) -> str:
    return form(next(run(vendor.source(), "spec").of("SPEC"))["spec"]["connectionSpecification"])


def _entry(name: str, entry: Json, specification: Json) -> str:
    must = " <b class=must>*</b>" if name in specification["required"] else ""
    sign = "hidden" if entry.get("airbyte_secret") else "pick a date" if entry.get("format") == "date-time" else ""
    sign = "&#9662;" if "enum" in entry else sign
    value = str(entry.get("default") or entry.get("pattern_descriptor") or "")
    about = html.escape(str(entry.get("description", "")))
    return (
        f"<label>{html.escape(entry['title'])}{must}</label><div class=box>{html.escape(value)}<i>{sign}</i></div>"
        f"<small>{about}</small>"
    )


def answer(title: str, sql: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A question with its SQL and its answer as HTML."""
    head = "".join(f"<th>{html.escape(one)}</th>" for one in columns)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows[:MOST_ROWS])
    return f"<h1>{html.escape(title)}</h1><p><code>{html.escape(sql)}</code></p><table><tr>{head}</tr>{body}</table>"


def _cell(value: Any) -> str:
    kind = "" if isinstance(value, str) or value is None else " class=number"
    text = f"{value:,.0f}" if isinstance(value, float) else "" if value is None else str(value)
    return f"<td{kind}>{html.escape(text)}</td>"


def asked(vendor: Vendor) -> str:
    """The first question of the vendor's page, asked of a simulated account."""
    title, sql = queries_of(vendor)[0]
    sim = vendor.simulator(3, **vendor.many)
    with sim.serve() as url, tempfile.TemporaryDirectory() as folder:
        config = vendor.config(sim, url)
        streams = run(vendor.source(), "discover", config).streams
        chosen = {name: streams[name] for name in (*vendor.tables, "deletions")}
        records = run(vendor.source(), "read", config, configured(chosen.values())).records
        with load(Path(folder) / "tables.duckdb", chosen, records) as database:
            found = database.execute(sql)
            return answer(title, sql, [one[0] for one in found.description or ()], found.fetchall())


def draw(content: str, path: Path) -> None:
    """A picture of the HTML, cut to what is on it, with few colours."""
    browser = next((found for one in BROWSERS if (found := shutil.which(one))), None)
    if not browser:
        raise SystemExit("There is no Chromium here. On Debian: apt-get install chromium fonts-dejavu-core")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body>{content}")
        command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},2400", f"--screenshot={shot}"]
        subprocess.run([*command, source.as_uri()], check=True, capture_output=True, timeout=120)
        cut(Image.open(shot).convert("RGB")).quantize(32).save(path, optimize=True, pnginfo=marked(content))


def marked(content: str) -> PngImagePlugin.PngInfo:
    """What tells later whether a picture is still that of its HTML."""
    found = PngImagePlugin.PngInfo()
    found.add_text(MADE_OF, hashlib.sha256((STYLE + content).encode()).hexdigest())
    return found


def is_current(path: Path, content: str) -> bool:
    with Image.open(path) as picture:
        return picture.info.get(MADE_OF) == hashlib.sha256((STYLE + content).encode()).hexdigest()


def cut(picture: Image.Image) -> Image.Image:
    """Without the white below what is on it."""
    box = Image.eval(picture.convert("L"), lambda value: 255 - value).getbbox()
    return picture.crop((0, 0, picture.width, min(picture.height, (box[3] if box else 0) + 20)))


def pictures() -> Iterator[tuple[str, str]]:
    """The name of each, and its HTML."""
    for vendor in VENDORS:
        yield f"form_{vendor.name}", form_of(vendor)
        yield f"question_{vendor.name}", asked(vendor)


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, content in pictures():
        path = FOLDER / f"{name}.png"
        draw(content, path)
        print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size // 1024} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
