"""The table of streams and its schemas belong together."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from airbyte_cdk.sources.utils.schema_helpers import ResourceSchemaLoader

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, View, parent_of
from source_closeio.resources import RESOURCES, close_facts


def words(text: str) -> list[str]:
    return text.split()


AIRBYTE = words(
    """
    created_activities note_activities email_activities email_thread_activities call_activities sms_activities
    meeting_activities lead_status_change_activities opportunity_status_change_activities task_completed_activities
    lead_tasks incoming_email_tasks email_followup_tasks missed_call_tasks answered_detached_call_tasks
    voicemail_tasks opportunity_due_tasks incoming_sms_tasks events leads opportunities contacts users roles
    lead_statuses opportunity_statuses pipelines lead_custom_fields contact_custom_fields opportunity_custom_fields
    activity_custom_fields custom_activities integration_links email_templates smart_views email_sequences dialer
    google_connected_accounts custom_email_connected_accounts zoom_connected_accounts send_as email_bulk_actions
    sequence_subscription_bulk_actions delete_bulk_actions edit_bulk_actions
    """
)
DOMO = words(
    """
    call_activities email_thread_activities email_activities lead_status_change_activities note_activities
    opportunity_status_change_activities email_bulk_actions contacts contact_emails contact_phones contact_urls
    email_templates exports lead_statuses leads lead_addresses lead_contacts lead_opportunities lead_tasks
    opportunities opportunity_statuses organizations organization_inactive_memberships organization_invoices
    organization_lead_statuses organization_memberships organization_opportunity_statuses report_activity
    report_sent_emails smart_views tasks users user_self_email_accounts user_self_email_signatures
    user_self_memberships user_self_organizations user_self_sip_numbers
    """
)
MORE = words(
    """
    me groups whatsapp_message_activities custom_instance_activities form_submission_activities
    lead_merge_activities import_update_activities shared_custom_fields custom_object_custom_fields
    custom_field_schemas custom_object_types custom_objects sms_templates sequence_subscriptions connected_accounts
    phone_numbers blocked_phone_numbers outcomes playbooks forms scheduling_links shared_scheduling_links webhooks
    unsubscribed_emails comment_threads comments user_availability report_lead_statuses report_opportunity_statuses
    deletions outgoing_call_tasks
    """
)
BY_NAME = {one.name: one for one in RESOURCES}
LOADER = ResourceSchemaLoader("source_closeio")
every = pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.name)


def schema_of(resource: Resource) -> dict[str, Any]:
    return LOADER.get_schema(resource.schema_name)


def fields_in(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every described field, however deep."""
    if not isinstance(schema, dict):
        return
    for name, field in (schema.get("properties") or {}).items():
        yield f"{path}.{name}", field
        yield from fields_in(field, f"{path}.{name}")
    yield from fields_in(schema.get("items"), f"{path}[]")


def test_every_stream_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(one.name for one in RESOURCES).items() if count > 1] == []


def test_the_streams_of_the_peers_are_all_there() -> None:
    assert len(set(AIRBYTE)) == 45
    assert len(set(DOMO)) == 37
    assert {*AIRBYTE, *DOMO, *MORE} - set(BY_NAME) == set()


@every
def test_a_parent_is_a_stream(resource: Resource) -> None:
    for name in (parent_of(resource), resource.of if isinstance(resource, View) else ""):
        assert not name or name in BY_NAME


@every
def test_a_path_begins_and_ends_with_a_slash(resource: Resource) -> None:
    if isinstance(resource, Asked):
        assert resource.path.startswith("/")
        assert resource.path.endswith("/")


@every
def test_a_schema_has_the_primary_key_and_the_cursor(resource: Resource) -> None:
    properties = schema_of(resource)["properties"]
    assert set(resource.primary_key) <= set(properties)
    assert resource.primary_key
    if resource.cursor_field:
        assert properties[resource.cursor_field].get("format") == "date-time"


@every
def test_a_schema_is_open_and_every_field_may_be_null(resource: Resource) -> None:
    schema = schema_of(resource)
    assert schema["additionalProperties"] is True
    strict = [path for path, field in fields_in(schema) if "type" in field and "null" not in field["type"]]
    assert strict == []


@every
def test_every_field_says_its_type(resource: Resource) -> None:
    silent = [path for path, field in fields_in(schema_of(resource)) if not {"type", "anyOf", "oneOf"} & set(field)]
    assert silent == []


@every
def test_keys_written_into_a_row_are_in_its_schema(resource: Resource) -> None:
    properties = set(schema_of(resource)["properties"])
    if isinstance(resource, Embedded | Nested):
        assert set(resource.keys) <= properties
    if isinstance(resource, Embedded) and resource.rows_at:
        assert "position" in properties


@every
def test_secret_fields_are_in_no_schema(resource: Resource) -> None:
    assert not set(resource.secret_fields) & set(schema_of(resource)["properties"])


@every
def test_an_embedded_stream_is_as_incremental_as_its_parent(resource: Resource) -> None:
    if isinstance(resource, Embedded) and resource.dates:
        assert BY_NAME[resource.parent].dates


@every
def test_late_edits_name_their_events(resource: Resource) -> None:
    if isinstance(resource, Listed) and any(one.later for one in resource.passes) and resource.dates:
        assert close_facts(resource).log_type
        assert close_facts(resource).log_actions


def test_every_task_stream_is_a_view_of_the_one_list() -> None:
    views = [one for one in RESOURCES if isinstance(one, View) and one.of == "tasks"]
    assert len(views) == 9
    assert all(one.where == {"_type": one.params["_type"]} for one in views)


def test_the_secret_of_a_webhook_is_never_put_out() -> None:
    assert BY_NAME["webhooks"].secret_fields == ("signature_key",)
