"""How many rows of each kind are seeded, by keyword."""

from simulators.closeio.kinds import KINDS

# In the order of seeding: what others refer to comes first.
VOLUMES: dict[str, tuple[str, int]] = {
    "users": ("user", 4),
    "memberships": ("membership", 4),
    "roles": ("role", 5),
    "groups": ("group", 2),
    "lead_statuses": ("status.lead", 4),
    "pipelines": ("pipeline", 2),
    "opportunity_statuses": ("status.opportunity", 6),
    "outcomes": ("outcome", 3),
    "custom_activity_types": ("custom_activity_type", 2),
    "custom_object_types": ("custom_object_type", 2),
    "lead_custom_fields": ("custom_fields.lead", 11),
    "contact_custom_fields": ("custom_fields.contact", 4),
    "opportunity_custom_fields": ("custom_fields.opportunity", 4),
    "activity_custom_fields": ("custom_fields.activity", 12),
    "custom_object_custom_fields": ("custom_fields.custom_object", 4),
    "shared_custom_fields": ("custom_fields.shared", 3),
    "smart_views": ("saved_search", 14),
    "email_templates": ("email_template", 3),
    "sms_templates": ("sms_template", 3),
    "connected_accounts": ("connected_account", 5),
    "send_as": ("send_as", 2),
    "dialers": ("dialer", 3),
    "sequences": ("sequence", 3),
    "forms": ("form", 2),
    "leads": ("lead", 20),
    "contacts": ("contact", 24),
    "opportunities": ("opportunity", 16),
    "custom_objects": ("custom_object", 6),
    "email_threads": ("activity.email_thread", 6),
    "calls": ("activity.call", 8),
    "emails": ("activity.email", 8),
    "sms": ("activity.sms", 5),
    "tasks": ("task", 27),
    "meetings": ("activity.meeting", 6),
    "notes": ("activity.note", 6),
    "whatsapp_messages": ("activity.whatsapp_message", 4),
    "created_activities": ("activity.created", 6),
    "lead_status_changes": ("activity.lead_status_change", 5),
    "opportunity_status_changes": ("activity.opportunity_status_change", 5),
    "task_completions": ("activity.task_completed", 4),
    "custom_activities": ("activity.custom_activity", 6),
    "form_submissions": ("activity.form_submission", 3),
    "lead_merges": ("lead_merge", 3),
    "import_updates": ("import_update", 3),
    "integration_links": ("integration_link", 3),
    "sequence_subscriptions": ("sequence_subscription", 5),
    "email_bulk_actions": ("bulk_action.email", 2),
    "sequence_subscription_bulk_actions": ("bulk_action.sequence_subscription", 2),
    "delete_bulk_actions": ("bulk_action.delete", 2),
    "edit_bulk_actions": ("bulk_action.edit", 2),
    "lead_exports": ("export.lead", 2),
    "opportunity_exports": ("export.opportunity", 2),
    "phone_numbers": ("phone_number", 3),
    "blocked_phone_numbers": ("blocked_phone_number", 2),
    "playbooks": ("playbook", 3),
    "scheduling_links": ("scheduling_link", 2),
    "shared_scheduling_links": ("shared_scheduling_link", 2),
    "webhooks": ("webhook", 2),
    "unsubscribed_emails": ("unsubscribed_email", 3),
    "comment_threads": ("comment_thread", 3),
    "comments": ("comment", 6),
}


def volumes(asked: dict[str, int], activities: int | None) -> dict[str, int]:
    """Rows by kind; `tasks` are spread over all types, `activities` over calls and e-mails. ValueError for others."""
    unknown = sorted(set(asked) - set(VOLUMES))
    if unknown:
        raise ValueError(f"unknown volumes {unknown}, known: {', '.join(VOLUMES)}")
    if activities is not None:
        asked = {"calls": activities - activities // 2, "emails": activities // 2, **asked}
    if "users" in asked:
        asked = {"memberships": asked["users"], **asked}
    counts: dict[str, int] = {}
    for name, (kind, default) in VOLUMES.items():
        count = asked.get(name, default)
        if kind == "task":
            types = [key for key, value in KINDS.items() if value.family == "task"]
            share, rest = divmod(count, len(types))
            counts |= {key: share + (place < rest) for place, key in enumerate(types)}
        else:
            counts[kind] = count
    return counts
