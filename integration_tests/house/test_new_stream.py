"""make new-stream, in a copy of the repository: what it writes passes the checks of tables, schemas and style, and the
stream is read from the simulator."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from house.copying import answers_of_new_stream, copy_to, run_in

BIN = Path(sys.executable).parent
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
        return run_in(self.root, *command, check=check)

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
    copy_to(tmp_path, tests=("test_tables.py", "test_schema_files.py"))
    return Copy(tmp_path, request.param)


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
    copy.new_stream("won", "/opportunity/?status_type=won", "--kind", "view", "--parent", "opportunities")
    copy.is_right()
    (alone,) = copy.read("won")["rows"].values()
    rows = copy.read("opportunities", "won")["rows"]
    won = {one["id"] for one in rows["opportunities"] if one["status_type"] == "won"}
    assert {one["id"] for one in alone} == {one["id"] for one in rows["won"]} == won != set()
    assert len(won) < len(rows["opportunities"])
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
    wrong: tuple[tuple[tuple[str, ...], str], ...] = (
        (("leads", "/leads/"), "two streams of this name"),
        (("roles_again", "/role/"), "same requests as roles"),
        (("made_tags", "/made_tag"), "ends with a slash"),
        (("made_tags", "/made_tag/", "--kind", "nested", "--parent", "tagz"), "tagz"),
        (("made_tags", "/made_tag/", "--kind", "nested", "--parent", "leads"), "of which record of leads"),
        (("made_tags", "/made_tag/", "--after", "nothing"), "nothing"),
        (("made_tags", "badges", "--kind", "embedded", "--parent", "leads"), "leads has no column badges"),
        (("made_tags", "name", "--kind", "embedded", "--parent", "leads"), "leads has no column name with an array"),
        (("made_tags", "emails", "--kind", "embedded"), "No parent"),
        (("made_tags", "/task/?_type=lead", "--kind", "view"), "No parent"),
        (("lead_tasks", "/task/?_type=lead", "--kind", "view", "--parent", "tasks"), "two streams of this name"),
        (("made_tags", "/task/?colour=red", "--kind", "view", "--parent", "tasks"), "tasks has no column colour"),
        (("made_tags", "/task/?is_complete=no", "--kind", "view", "--parent", "tasks"), "no is no value of a column"),
        (("made_tags", "/lead/?name=x", "--kind", "view", "--parent", "leads"), "at the address of the list"),
        (("made_tags", "/task/", "--kind", "view", "--parent", "tasks"), "with parameters"),
    )
    (copy.root / "tags.json").write_text(json.dumps(TAGS))
    (copy.root / "one.json").write_text("[1]")
    calls = [("closeio", *arguments, "--sample", "tags.json") for arguments, _ in wrong]
    bare = ("closeio", "made_tags", "/made_tag/")
    calls += [bare, (*bare, "--sample", "one.json")]
    answers = answers_of_new_stream(copy.root, calls)
    for call, why, said in zip(calls, [*(why for _, why in wrong), "needs a sample", "no rows"], answers, strict=True):
        assert said.startswith("Nothing was written."), call
        assert why in said, call
    assert {path: path.read_bytes() for path in copy.root.rglob("*.py")} == before
