"""Every column has one type, and every record obeys it; what was ever recorded of rows has a column."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests_mock
from insightly_requests import API, BY_NAME, rows_of, task
from jsonschema import Draft7Validator

from source_insightly.api import InsightlyApi
from source_insightly.custom_fields import with_custom_fields, with_integers

SCHEMAS = Path(__file__).parent.parent / "source_insightly" / "schemas"
RECORDED: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "recorded_v2_1.json").read_text())
# What version 3.1 has under another name, or in another shape: names of a stream, or of all.
LINKS = "CONTACTLINKS ORGANISATIONLINKS EMAILLINKS EVENTLINKS TASKLINKS NOTELINKS"
REPLACED = {
    "": f"{LINKS} ADDRESSES CONTACTINFOS",
    "contacts": "DEFAULT_LINKED_ORGANISATION",
    "leads": "CONVERTED_ORGANIZATION_ID EMAIL_ADDRESS EMAIL_LINKS EVENT_LINKS NOTE_LINKS TASK_LINKS FAX_NUMBER "
    "MOBILE_PHONE_NUMBER PHONE_NUMBER ORGANIZATION_NAME WEBSITE_URL",
    "tasks": "Title",  # TITLE, which a store that minds no case has under the same name
}
JSON_TYPES = {"date": "string"}


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return found


def fields_in(path: str, field: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, field
    for name, one in field.get("properties", {}).items():
        yield from fields_in(f"{path}.{name}", one)
    if "items" in field:
        yield from fields_in(f"{path}[]", field["items"])


def test_no_field_has_two_types_at_any_depth_of_any_schema() -> None:
    offenders, count = [], 0
    for name in sorted(file.stem for file in SCHEMAS.glob("*.json")):
        for path, field in fields_in(name, schema(name)):
            kinds = field.get("type", [])
            count += 1
            if len([kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"]) != 1:
                offenders.append(f"{path}: {kinds}")
    assert offenders == []
    assert count > 1400


def test_whatever_version_2_1_was_recorded_to_send_has_a_column_of_its_type() -> None:
    offenders, count = [], 0
    for stream, by_kind in RECORDED.items():
        columns = schema(stream)["properties"]
        replaced = {*REPLACED[""].split(), *REPLACED.get(stream, "").split()}
        for kind, names in by_kind.items():
            for name in names.split():
                column = columns.get(name, {})
                is_of_kind = kind == "null" or JSON_TYPES.get(kind, kind) in column.get("type", ())
                if name not in replaced and not (column and is_of_kind):
                    offenders.append(f"{stream}.{name} is {kind}: {column or 'no column'}")
                count += 1
    assert offenders == []
    assert count == 262


@pytest.mark.parametrize(("sent", "count"), [("12", 12), (12, 12), ("12.0", 12), (12.0, 12), ("", None), (None, None)])
def test_counts_are_integers_whether_they_come_as_text_or_not(sent: Any, count: int | None) -> None:
    row = {"VIEW_COUNT": sent}
    with_integers(row, ["VIEW_COUNT"])
    assert row == {"VIEW_COUNT": count}
    assert type(row["VIEW_COUNT"]) is type(count)


@pytest.mark.parametrize("sent", ["many", "1.5", True, ["12"], {"count": 12}])
def test_a_count_that_is_none_is_kept_beside_its_column(sent: Any) -> None:
    row = {"VIEW_COUNT": sent, "DATES_AS_SENT": {"DATE_EDITED_UTC": "soon"}}
    with_integers(row, ["VIEW_COUNT", "COMMENT_COUNT"])
    assert row == {"VIEW_COUNT": None, "DATES_AS_SENT": {"DATE_EDITED_UTC": "soon", "VIEW_COUNT": sent}}


@pytest.mark.parametrize(
    ("stream", "url", "sent"),
    [
        ("community_posts", "/CommunityPosts/Search", {"POST_ID": 1, "VIEW_COUNT": "7", "TICKET_ID": "31"}),
        ("community_comments", "/CommunityComments/Search", {"COMMENT_ID": 1, "UPVOTE_COUNT": "7"}),
        ("community_forums", "/CommunityForums/Search", {"FORUM_ID": 1, "FORUM_ORDER": "2"}),
        ("knowledge_articles", "/KnowledgeArticle/Search", {"ARTICLE_ID": 1, "ExternalLinkCount": "0"}),
        ("knowledge_article_folders", "/KnowledgeArticleFolder/Search", {"FOLDER_ID": 1, "CATEGORY_ID": "5"}),
    ],
)
def test_rows_have_integers_in_integer_columns(
    stream: str, url: str, sent: Any, api: InsightlyApi, insightly: requests_mock.Mocker
) -> None:
    insightly.get(f"{API}{url}", json=[sent], headers={"X-Total-Count": "1"})
    (row,) = rows_of(api, task(stream))
    assert row == {name: int(value) for name, value in sent.items()}
    Draft7Validator(schema(stream)).validate(row)


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        ("chess", "chess"),
        (12, "12"),
        (3.5, "3.5"),
        (False, "false"),
        (["Red", "Grün"], '["Red", "Grün"]'),
        ({"a": None}, '{"a": null}'),
        (None, None),
    ],
)
def test_any_value_of_a_custom_field_fits_its_place_in_the_array(sent: Any, text: str | None) -> None:
    row = {"CUSTOMFIELDS": [{"FIELD_NAME": "Any__c", "FIELD_VALUE": sent}, {"FIELD_NAME": None, "FIELD_VALUE": sent}]}
    with_custom_fields(row, {})
    assert [one["FIELD_VALUE"] for one in row["CUSTOMFIELDS"]] == [text, text]
    Draft7Validator(schema("contacts")).validate(row)


def test_arrays_and_objects_fit_the_columns_of_their_fields() -> None:
    values = {"List__c": ["a", 1], "Object__c": {"b": True}, "Number__c": [1], "Whole__c": ["x"]}
    columns = {
        "List__c": {"type": ["null", "string"]},
        "Object__c": {"type": ["null", "string"]},
        "Number__c": {"type": ["null", "number"]},
        "Whole__c": {"type": ["null", "array"]},
    }
    row: dict[str, Any] = {
        "CUSTOMFIELDS": [{"FIELD_NAME": name, "FIELD_VALUE": value} for name, value in values.items()]
    }
    with_custom_fields(row, columns)
    del row["CUSTOMFIELDS"]
    assert row == {"List__c": '["a", 1]', "Object__c": '{"b": true}', "Number__c": None, "Whole__c": ["x"]}
    Draft7Validator({"type": "object", "properties": columns}).validate(row)


def test_what_was_recorded_of_files_of_emails_and_notes_is_that_of_the_streams_of_files() -> None:
    for name in ("emails", "notes", "note_comments", "task_comments", "email_comments"):
        inside = schema(name)["properties"]["FILE_ATTACHMENTS"]["items"]["properties"]
        assert set(inside) <= set(schema("note_file_attachments")["properties"])
    assert BY_NAME["note_file_attachments"].schema_name == "note_file_attachments"
