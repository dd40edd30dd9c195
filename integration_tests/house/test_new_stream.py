"""make new-stream, in a copy of the repository: what it writes passes the checks of tables, schemas and style, and the
stream is read from the simulator."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
NEVER = (".*", "__pycache__", "*.egg-info", "build")
TAGS = {
    "has_more": False,
    "data": [
        {"id": "tag_1", "organization_id": "orga_1", "name": "VIP", "color": None, "is_shared": True, "uses": 3}
        | {"date_created": "2026-01-01T00:00:00+00:00", "date_updated": "2026-01-02T00:00:00+00:00"}
    ],
}
ICONS = [{"id": 1, "name": "Bell", "color": "red", "size": 2.5, "_info": {"lastUpdated": "2026-01-01T00:00:00Z"}}]
MOMENT = "2026-01-01 00:00:00"
ROLES = {"ROLE_ID": 1, "ROLE_NAME": "Owner", "ACTIVE": True, "DATE_CREATED_UTC": MOMENT, "DATE_UPDATED_UTC": MOMENT}
QUESTION = ("--key", "questionId")
READ = """
import json, sys
from connector import configured, run
from vendors import VENDORS

vendor = next(one for one in VENDORS if one.name == sys.argv[1])
sim = vendor.simulator(3)
with sim.serve() as url:
    config = vendor.config(sim, url)
    streams = run(vendor.source(), "discover", config).streams
    output = run(vendor.source(), "read", config, configured([streams[name] for name in sys.argv[2:]]))
assert not output.errors, output.errors
print(json.dumps({"rows": output.records, "violations": sim.violations, "streams": list(streams)}))
"""


@dataclass(frozen=True)
class Copy:
    root: Path
    vendor: str

    def run(self, *command: str, check: bool = True) -> str:
        sources = [self.root / "shared", *self.root.glob("source-*")]
        paths = [str(one) for one in (self.root / "integration_tests", self.root / "shared" / "unit_tests", *sources)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)
        assert not (check and done.returncode), done.stdout + done.stderr
        return done.stdout + done.stderr

    def new_stream(self, *arguments: str, sample: Any = None, check: bool = True) -> str:
        (self.root / "sample.json").write_text(json.dumps(sample))
        given = ("--sample", "sample.json") if sample else ()
        return self.run(sys.executable, "-m", "house.new_stream", self.vendor, *arguments, *given, check=check)

    def read(self, *streams: str) -> Any:
        (self.root / "read.py").write_text(READ)
        return json.loads(self.run(sys.executable, "read.py", self.vendor, *streams).splitlines()[-1])

    def is_right(self) -> None:
        """Style, the tables' and the schemas' own checks."""
        config = str(self.root / "ruff.toml")
        for command in (("check",), ("format", "--check")):
            self.run(str(BIN / "ruff"), *command, "--config", config, f"source-{self.vendor}", "integration_tests")
        self.run(
            *(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"),
            *(f"integration_tests/{name}.py" for name in ("test_tables", "test_schema_files")),
            f"source-{self.vendor}/unit_tests/test_resources.py",
            *("-k", "not test_the_streams_are_these and not searched_is_incremental"),  # which name all streams
        )

    def docs(self) -> list[str]:
        text = (self.root / f"source-{self.vendor}" / "docs" / f"{self.vendor}.md").read_text()
        return [line for line in text.splitlines() if line.startswith("|")]


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Copy:
    vendor = request.param
    tests = ("test_tables.py", "test_schema_files.py")
    code = shutil.ignore_patterns(*NEVER, "test_*.py", "*.md", "*.png")
    shutil.copytree(ROOT / "integration_tests", tmp_path / "integration_tests", ignore=code)
    for name in tests:
        shutil.copy(ROOT / "integration_tests" / name, tmp_path / "integration_tests" / name)
    for folder in ("shared", *(one.name for one in ROOT.glob("source-*"))):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(*NEVER))
    for name in ("ruff.toml", "pytest.ini", "conftest.py", "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    return Copy(tmp_path, vendor)


by = pytest.mark.parametrize


@by("copy", ["closeio"], indirect=True)
def test_streams_of_close_from_samples(copy: Copy) -> None:
    left = copy.new_stream("made_tags", "/made_tag/", "--kind", "incremental", sample=TAGS)
    copy.new_stream(
        *("sequence_steps", "/sequence_step/?sequence_id={id}", "--kind", "nested", "--parent", "email_sequences"),
        sample=[{"id": "step_1", "sequence_id": "seq_1", "delay": 3, "days": [1], "about": {"text": "x"}}],
    )
    copy.new_stream(
        *("comment_likes", "/comment_like/?comment_id={id}", "--kind", "nested", "--parent", "comments"),
        sample=[{"id": "like_1", "comment_id": "comm_1", "kind": "heart"}],
    )
    copy.new_stream("contact_addresses", "emails", "--kind", "embedded", "--parent", "contacts")
    copy.is_right()
    inside = copy.read("contact_addresses", "contact_emails", "comment_likes")["rows"]
    assert len(inside["contact_addresses"]) == len(inside["contact_emails"]) > 10
    assert {"email", "contact_id", "position"} <= set(inside["contact_addresses"][0])
    assert {row["comment_id"][:5] for row in inside["comment_likes"]} == {"comm_"}
    found = copy.read("made_tags", "sequence_steps")
    assert [row["name"] for row in found["rows"]["made_tags"]] == ["VIP"] * 3
    assert {row["sequence_id"][:4] for row in found["rows"]["sequence_steps"]} == {"seq_"}
    assert found["violations"] == []
    schema = json.loads((copy.root / "source-closeio/source_closeio/schemas/sequence_steps.json").read_text())
    assert schema["properties"]["days"] == {"type": ["null", "array"], "items": {"type": ["null", "integer"]}}
    assert "docs/vendors/closeio.md" in left
    assert any("| `made_tags` | `id` | `date_updated` | GET `/made_tag/` |" in line for line in copy.docs())


@by("copy", ["connectwise"], indirect=True)
def test_streams_of_connectwise_from_a_sample_and_from_a_model(copy: Copy) -> None:
    copy.new_stream("board_icons", "/service/boards/icons", "--model", "BoardIcon", "--kind", "setup", sample=ICONS)
    copy.new_stream(
        *("board_badges", "/service/boards/{id}/badges", "--kind", "nested", "--parent", "boards", "--model", "Role")
    )
    copy.new_stream("question_answers", "questions", "--kind", "embedded", "--parent", "configurations", *QUESTION)
    copy.new_stream(
        *("item_badges", "/service/boards/{boardId}/items/{id}/badges", "--kind", "nested", "--parent", "board_items"),
        *("--model", "Role"),
    )
    copy.is_right()
    inside = copy.read("question_answers", "configuration_questions", "item_badges")["rows"]
    assert len(inside["question_answers"]) == len(inside["configuration_questions"]) > 10
    assert {"boardId", "itemId", "id"} <= set(inside["item_badges"][0])
    found = copy.read("board_icons", "board_badges")
    assert {"id", "name", "lastUpdated"} <= set(found["rows"]["board_icons"][0])
    assert {"boardId", "id"} <= set(found["rows"]["board_badges"][0])
    assert found["violations"] == []
    assert any("| `board_icons` | `id` | `lastUpdated` | Service |" in line for line in copy.docs())


@by("copy", ["insightly"], indirect=True)
def test_streams_of_insightly_from_a_sample_and_from_a_model(copy: Copy) -> None:
    left = copy.new_stream(
        *("team_roles", "/TeamRoles", "--model", "TeamRole", "--key", "ROLE_ID", "--kind", "incremental"), sample=ROLES
    )
    copy.new_stream(
        *("event_comments", "/Events/{EVENT_ID}/Comments", "--kind", "nested", "--parent", "events"),
        *("--model", "TicketComment", "--key", "TICKET_COMMENT_ID"),
    )
    copy.new_stream("contact_days", "DATES", "--kind", "embedded", "--parent", "contacts", "--key", "DATE_ID")
    copy.new_stream(
        *("comment_badges", "/Comments/{COMMENT_ID}/Badges", "--kind", "nested", "--parent", "note_comments"),
        *("--model", "Badge", "--key", "BADGE_ID"),
        sample={"BADGE_ID": 1, "BADGE_NAME": "Gold"},
    )
    copy.is_right()
    inside = copy.read("contact_days", "contact_dates", "comment_badges")["rows"]
    assert len(inside["contact_days"]) == len(inside["contact_dates"]) > 10
    assert {"COMMENT_ID", "NOTE_ID", "BADGE_ID"} <= set(inside["comment_badges"][0])
    schema = json.loads((copy.root / "source-insightly/source_insightly/schemas/comment_badges.json").read_text())
    assert schema["properties"]["BADGE_NAME"] == {"type": ["null", "string"]}  # null in the few rows there are
    found = copy.read("team_roles", "event_comments")
    assert {"ROLE_ID", "ROLE_NAME", "DATE_UPDATED_UTC"} <= set(found["rows"]["team_roles"][0])
    assert {"EVENT_ID", "TICKET_COMMENT_ID"} <= set(found["rows"]["event_comments"][0])
    assert found["violations"] == []
    assert "names every stream" in left
    assert any(
        "| `team_roles` | `ROLE_ID` | `DATE_UPDATED_UTC` | `/TeamRoles/Search` |" in line for line in copy.docs()
    )


@by("copy", ["closeio"], indirect=True)
def test_a_row_that_cannot_be_right_leaves_no_trace(copy: Copy) -> None:
    before = {path: path.read_bytes() for path in copy.root.rglob("*.py")}
    for arguments, why in (
        (("leads", "/leads/"), "two streams of this name"),
        (("roles_again", "/role/"), "same requests as roles"),
        (("made_tags", "/made_tag"), "ends with a slash"),
        (("made_tags", "/made_tag/", "--kind", "nested", "--parent", "tagz"), "tagz"),
        (("made_tags", "/made_tag/", "--kind", "nested", "--parent", "leads"), "of which record of leads"),
        (("made_tags", "/made_tag/", "--after", "nothing"), "nothing"),
        (("made_tags", "badges", "--kind", "embedded", "--parent", "leads"), "leads has no column badges"),
        (("made_tags", "name", "--kind", "embedded", "--parent", "leads"), "leads has no column name with an array"),
        (("made_tags", "emails", "--kind", "embedded"), "No parent"),
    ):
        assert why in copy.new_stream(*arguments, sample=TAGS, check=False), arguments
    assert "needs a sample" in copy.new_stream("made_tags", "/made_tag/", check=False)
    assert "no rows" in copy.new_stream("made_tags", "/made_tag/", sample=[1], check=False)
    assert {path: path.read_bytes() for path in copy.root.rglob("*.py")} == before
