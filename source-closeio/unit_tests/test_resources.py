"""The table of streams and its schemas belong together."""

from collections import Counter
from typing import Any

from tables import no, properties_named, schema_named, wrong_in

from crm_source.resources import Asked, Embedded, Listed, Nested, Resource, View, parent_of
from source_closeio.facts import close_facts
from source_closeio.resources import RESOURCES


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
ASKED = [one for one in RESOURCES if isinstance(one, Asked)]
LISTED = [one for one in RESOURCES if isinstance(one, Listed)]
EMBEDDED = [one for one in RESOURCES if isinstance(one, Embedded)]
VIEWS = [one for one in RESOURCES if isinstance(one, View)]
BELOW = [one for one in RESOURCES if isinstance(one, Embedded | Nested)]


def properties_of(resource: Resource) -> dict[str, Any]:
    return properties_named("source_closeio", resource.schema_name)


def test_every_stream_has_a_name_of_its_own() -> None:
    assert [name for name, count in Counter(one.name for one in RESOURCES).items() if count > 1] == []


def test_the_streams_of_the_peers_are_all_there() -> None:
    assert len(set(AIRBYTE)) == 45
    assert len(set(DOMO)) == 37
    assert {*AIRBYTE, *DOMO, *MORE} - set(BY_NAME) == set()


def test_a_parent_is_a_stream() -> None:
    above = [(one.name, parent_of(one)) for one in RESOURCES] + [(one.name, one.of) for one in VIEWS]
    no(f"{name}: {other}" for name, other in above if other not in {"", *BY_NAME})


def test_a_path_begins_and_ends_with_a_slash() -> None:
    no(f"{one.name}: {one.path}" for one in ASKED if not (one.path.startswith("/") and one.path.endswith("/")))


def test_a_schema_has_the_primary_key_and_the_cursor() -> None:
    no(f"{one.name} has no primary key" for one in RESOURCES if not one.primary_key)
    no(f"{one.name}: {key}" for one in RESOURCES for key in one.primary_key if key not in properties_of(one))
    cursors = {one.name: properties_of(one).get(one.cursor_field, {}) for one in RESOURCES if one.cursor_field}
    no(f"the cursor of {name} is {field}" for name, field in cursors.items() if field.get("format") != "date-time")


def test_a_schema_is_valid_and_open_and_every_field_may_be_null() -> None:
    schemas = {name: schema_named("source_closeio", name) for name in (one.schema_name for one in RESOURCES)}
    no(f"{name} {fault}" for name, schema in schemas.items() for fault in wrong_in(schema))


def test_keys_written_into_a_row_are_in_its_schema() -> None:
    no(f"{one.name}: {key}" for one in BELOW for key in one.keys if key not in properties_of(one))
    no(f"{one.name}: position" for one in EMBEDDED if one.rows_at and "position" not in properties_of(one))


def test_secret_fields_are_in_no_schema() -> None:
    no(f"{one.name}: {name}" for one in RESOURCES for name in one.secret_fields if name in properties_of(one))


def test_an_embedded_stream_is_as_incremental_as_its_parent() -> None:
    no(f"{one.name} of {one.parent}" for one in EMBEDDED if one.dates and not BY_NAME[one.parent].dates)


def test_late_edits_name_their_events() -> None:
    late = [one for one in LISTED if one.dates and any(each.later for each in one.passes)]
    no(one.name for one in late if not (close_facts(one).log_type and close_facts(one).log_actions))


def test_every_task_stream_is_a_view_of_the_one_list() -> None:
    views = [one for one in VIEWS if one.of == "tasks"]
    assert len(views) == 9
    assert all(one.where == {"_type": one.params["_type"]} for one in views)


def test_the_secret_of_a_webhook_is_never_put_out() -> None:
    assert BY_NAME["webhooks"].secret_fields == ("signature_key",)
