"""What is gone, from the events of the log (docs/vendors/closeio.md, section 8)."""

from crm_source.walks.page import Row


def deletions_in(event: Row) -> list[Row]:
    """The row of `deletions` in an event, if the event took an object away."""
    action = event.get("action")
    if action not in ("deleted", "merged"):
        return []
    meta = event.get("meta") or {}
    merged = action == "merged" or meta.get("merge_destination_lead_id")
    reason = "merge" if merged else "bulk_action" if meta.get("bulk_action_id") else "direct"
    if reason == "direct" and meta.get("revert_import_id"):
        reason = "import_revert"
    kept = ("id", "organization_id", "object_type", "lead_id", "user_id", "request_id", "date_created", "date_updated")
    gone = meta.get("merge_source_lead_id") if action == "merged" else None
    return [
        {
            **{name: event.get(name) for name in kept},
            "object_id": gone or event.get("object_id"),
            "action": action,
            "reason": reason,
            "bulk_action_id": meta.get("bulk_action_id"),
            "merged_into": meta.get("merge_destination_lead_id"),
            "revert_import_id": meta.get("revert_import_id"),
        }
    ]
