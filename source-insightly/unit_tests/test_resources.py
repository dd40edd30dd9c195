"""The table of streams and its schemas belong together."""

from collections import Counter
from importlib.resources import files
from string import Formatter
from typing import Any

from tables import fields_in, no, properties_named, schema_named, wrong_in

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, parent_of
from crm_source.schemas import fields_of
from source_insightly.resources import CUSTOM_FIELD_OBJECTS, RECORD_TYPES, RESOURCES, custom_object
from source_insightly.resources.rows import days_of, insightly_facts, moments_of

PACKAGE = "source_insightly"
FRUIT, FRUIT_FILES = custom_object("Fruit__c")
ALL = (*RESOURCES, FRUIT, FRUIT_FILES)
BY_NAME = {one.name: one for one in ALL}
LISTS = {one.name: one for one in ALL if isinstance(one, Listed)}
# Streams of the existing connector's documentation.
KNOWN = """
    activity_sets contacts countries currencies emails events knowledge_article_categories knowledge_article_folders
    knowledge_articles leads lead_sources lead_statuses milestones notes opportunities opportunity_categories
    opportunity_products opportunity_state_reasons organisations pipelines pipeline_stages pricebook_entries pricebooks
    products project_categories projects prospects quote_products quotes relationships tags task_categories tasks
    team_members teams tickets users
""".split()  # noqa: SIM905
OTHERS = """
    community_comments community_forums community_posts custom_fields custom_objects deletions document_templates
    file_categories follows forum_categories instance marketing_visits permissions
""".split()  # noqa: SIM905
INSIDE = """
    activity_set_activities contact_dates contact_links contact_tags custom_field_options email_links email_tags
    event_links knowledge_article_tags lead_links lead_tags note_links object_permissions opportunity_links
    opportunity_tags organisation_dates organisation_email_domains organisation_links organisation_tags project_links
    project_tags prospect_tags task_links team_embedded_members ticket_tags
""".split()  # noqa: SIM905
BELOW = """
    contact_file_attachments email_comment_file_attachments email_comments email_file_attachments lead_file_attachments
    note_comment_file_attachments note_comments note_file_attachments opportunity_file_attachments
    opportunity_state_history organisation_file_attachments project_file_attachments prospect_static_lists
    quotation_documents task_comment_file_attachments task_comments ticket_comments
""".split()  # noqa: SIM905
# Lists with a search, but for document_templates, which have no date of change (4.1).
WORKED_WITH = """
    community_comments community_posts contacts emails events knowledge_articles leads milestones notes opportunities
    opportunity_products organisations projects prospects quote_products quotes tasks tickets
""".split()  # noqa: SIM905
REFERRED_TO = """
    community_forums forum_categories knowledge_article_categories knowledge_article_folders pricebook_entries
    pricebooks products users
""".split()  # noqa: SIM905
WITHOUT_KEY = {"instance", "permissions"}
SCHEMAS = files(PACKAGE) / "schemas"
ASKED = [one for one in ALL if isinstance(one, Asked)]
EMBEDDED = [one for one in ALL if isinstance(one, Embedded)]
WITH_PARENT = [one for one in ALL if isinstance(one, Embedded | Nested)]


def properties_of(resource: Resource) -> dict[str, Any]:
    return properties_named(PACKAGE, resource.schema_name)


def test_the_streams_are_these() -> None:
    assert Counter(one.name for one in RESOURCES) == Counter([*KNOWN, *OTHERS, *INSIDE, *BELOW])


def test_a_custom_object_has_a_stream_of_its_name_and_one_of_its_files() -> None:
    assert isinstance(FRUIT, Listed)
    assert isinstance(FRUIT_FILES, Nested)
    assert (FRUIT.name, FRUIT.path, insightly_facts(FRUIT).object_name) == ("Fruit__c", "/Fruit__c", "Fruit__c")
    assert FRUIT.primary_key == ("RECORD_ID",)
    assert FRUIT_FILES.name == "Fruit__c_file_attachments"
    assert FRUIT_FILES.path.format(RECORD_ID=1) == "/Fruit__c/1/FileAttachments"
    assert FRUIT_FILES.parent == "Fruit__c"


def test_the_lists_that_instances_poll_have_their_paths() -> None:
    polled = {name: LISTS[name].path for name in ("contacts", "organisations", "leads", "opportunities")}
    assert polled == {name: f"/{name.title()}" for name in polled}


def test_names_in_the_singular_are_those_of_the_vendor() -> None:
    paths = [one.path for one in RESOURCES if isinstance(one, Listed)]
    assert [path for path in paths if not path.endswith(("s", "ies"))] == [
        *("/Product", "/Pricebook", "/PricebookEntry", "/Quotation", "/QuotationLineItem", "/OpportunityLineItem"),
        *("/Ticket", "/Prospect", "/KnowledgeArticle", "/KnowledgeArticleCategory", "/KnowledgeArticleFolder"),
        "/Instance",
    ]


def test_rows_with_more_than_one_key_or_an_odd_one() -> None:
    assert BY_NAME["team_members"].primary_key == ("PERMISSION_ID",)
    assert BY_NAME["tags"].primary_key == ("RECORD_TYPE", "TAG_NAME")
    assert BY_NAME["follows"].primary_key == ("RECORD_TYPE", "RECORD_ID")
    assert BY_NAME["custom_fields"].primary_key == ("FIELD_FOR", "FIELD_NAME")
    assert BY_NAME["custom_field_options"].primary_key == ("FIELD_FOR", "FIELD_NAME", "OPTION_ID")


def test_what_can_be_searched_is_incremental() -> None:
    incremental = [one for one in RESOURCES if one.dates and isinstance(one, Listed)]
    assert {one.name for one in incremental} == {*WORKED_WITH, *REFERRED_TO}
    assert {one.name for one in RESOURCES if isinstance(one, Listed) and one.ignores_start} == set(REFERRED_TO)
    assert {one.cursor_field for one in incremental if one.name != "emails"} == {"DATE_UPDATED_UTC"}
    assert BY_NAME["emails"].cursor_field == "DATE_CREATED_UTC"


def test_every_array_of_a_record_is_a_stream() -> None:
    arrays = {
        (one.name, name)
        for one in RESOURCES
        if isinstance(one, Listed)
        for name, field in properties_of(one).items()
        if "array" in field["type"]
        and name not in ("CUSTOMFIELDS", "FILE_ATTACHMENTS")  # the files have streams of their own
    }
    assert {(one.parent, one.rows_at) for one in RESOURCES if isinstance(one, Embedded)} == arrays


def test_every_object_with_custom_fields_is_named() -> None:
    facts = [(insightly_facts(one), "CUSTOMFIELDS" in properties_of(one)) for one in RESOURCES]
    assert {one.model for one, has_some in facts if has_some} == set(CUSTOM_FIELD_OBJECTS)
    assert all(one.object_name == (one.model if has_some else "") for one, has_some in facts)


def test_tags_are_listed_for_records_that_have_them() -> None:
    assert set(RECORD_TYPES) <= {one.parent for one in RESOURCES if isinstance(one, Embedded) and one.rows_at == "TAGS"}


def test_the_status_of_converted_leads_is_asked_for() -> None:
    assert LISTS["lead_statuses"].params == {"include_converted": "true"}


def test_dates_of_a_row_are_its_own() -> None:
    assert "CONTACT_DATE_UPDATED_UTC" in properties_of(BY_NAME["contact_dates"])
    assert moments_of(BY_NAME["contact_dates"]) == ()
    assert days_of(BY_NAME["contact_dates"]) == ("OCCASION_DATE",)
    assert days_of(BY_NAME["tasks"]) == ("DUE_DATE", "START_DATE")
    assert "ARCHIVED_DATE_UTC" in moments_of(BY_NAME["knowledge_articles"])


def test_names_have_the_case_that_insightly_gives_them() -> None:
    described = [one for one in RESOURCES if insightly_facts(one).model]
    mixed = {name for one in described for name in properties_of(one) if name != name.upper()}
    assert mixed - {"position"} == {
        *("ArticleVersion", "Status", "Language", "Title", "Body", "ExternalLinkCount"),
        *("TicketCommentBodyHtml", "ETag"),
    }


def test_every_schema_file_is_used() -> None:
    names = {file.name.removesuffix(".json") for file in SCHEMAS.iterdir() if file.name.endswith(".json")}
    assert names == {one.schema_name for one in ALL}


def test_a_parent_is_a_stream_with_a_list_of_its_own_but_for_comments() -> None:
    comments = {"note_comments", "task_comments", "email_comments"}
    no(f"{one.name} of {parent_of(one)}" for one in ALL if parent_of(one) not in {"", *LISTS, *comments})
    assert {one.parent for one in ASKED if isinstance(one, Nested) and one.path.startswith("/Comments")} == comments


def test_a_list_of_a_parent_is_asked_for_with_its_key() -> None:
    filled = [(one, [name for _, name, _, _ in Formatter().parse(one.path) if name]) for one in ASKED]
    keys = {one.name: list(BY_NAME[one.parent].primary_key) for one in ASKED if isinstance(one, Nested)}
    no(f"{one.name}: {names}" for one, names in filled if names != keys.get(one.name, []))


def test_a_list_that_is_walked_by_place_has_an_integer_that_names_a_row_last_in_its_key() -> None:
    walked = [one for one in ASKED if one.walk == "by_place"]
    kinds = {one.name: properties_of(one)[one.primary_key[-1]]["type"] for one in walked}
    no(f"{name}: {kind}" for name, kind in kinds.items() if kind != ["null", "integer"])


def test_a_schema_has_the_primary_key_and_the_cursor() -> None:
    assert {one.name for one in ALL if not one.primary_key} == WITHOUT_KEY
    no(f"{one.name}: {key}" for one in ALL for key in one.primary_key if key not in properties_of(one))
    cursors = {one.name: properties_of(one).get(one.cursor_field, {}) for one in ALL if one.cursor_field}
    no(f"the cursor of {name} is {field}" for name, field in cursors.items() if field.get("format") != "date-time")


def test_a_schema_is_valid_and_open_and_every_field_may_be_null() -> None:
    schemas = {name: schema_named(PACKAGE, name) for name in (one.schema_name for one in ALL)}
    no(f"{name} {fault}" for name, schema in schemas.items() for fault in wrong_in(schema))
    objects = [(name, *each) for name, one in schemas.items() for each in fields_in(one) if "object" in each[1]["type"]]
    no(f"{name}{path}" for name, path, field in objects if field.get("additionalProperties") is not True)


def test_keys_written_into_a_row_are_in_its_schema() -> None:
    no(f"{one.name}: {key}" for one in WITH_PARENT for key in one.keys if key not in properties_of(one))
    assert {one.name for one in ALL if "position" in properties_of(one)} == {one.name for one in EMBEDDED}
    taken = [(one.parent, name) for one in WITH_PARENT for name in one.keys.values()]
    taken += [(one.parent, one.rows_at) for one in EMBEDDED]
    no(f"{name}.{key}" for name, key in taken if key not in fields_of(PACKAGE, BY_NAME[name].schema_name))


def test_a_stream_is_as_incremental_as_its_parent() -> None:
    pairs = [(one, one.dates, BY_NAME[one.parent].dates) for one in WITH_PARENT]
    no(f"{one.name} of {one.parent}" for one, dates, above in pairs if (dates is None) is not (above is None))
    both = [(one, dates.updated, above.updated) for one, dates, above in pairs if dates and above]
    no(f"{one.name}: {one.keys[updated]}" for one, updated, above in both if one.keys[updated] != above)


def test_dates_that_are_not_whole_have_a_place() -> None:
    dated = {one.name for one in ALL if (moments_of(one) or days_of(one)) and one.name != "deletions"}
    assert {one.name for one in ALL if "DATES_AS_SENT" in properties_of(one)} == dated
