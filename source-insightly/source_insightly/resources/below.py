"""Rows inside records, which cost no request (5), and lists below a record, which cost one for each (4.3)."""

from types import MappingProxyType

from crm_source.resources import Resource
from source_insightly.resources.rows import WHOLE, embedded, file_attachments, files_of_comments, incremental, nested

EMBEDDED: tuple[Resource, ...] = (
    embedded("contact_links", "LINKS", "Link", "contacts", "CONTACT", "LINK_ID"),
    embedded("contact_tags", "TAGS", "Tag", "contacts", "CONTACT", "TAG_NAME"),
    embedded("contact_dates", "DATES", "Date", "contacts", "CONTACT", "DATE_ID"),
    embedded("organisation_links", "LINKS", "Link", "organisations", "ORGANISATION", "LINK_ID"),
    embedded("organisation_tags", "TAGS", "Tag", "organisations", "ORGANISATION", "TAG_NAME"),
    embedded("organisation_dates", "DATES", "Date", "organisations", "ORGANISATION", "DATE_ID"),
    embedded(
        "organisation_email_domains", "EMAILDOMAINS", "EmailDomain", "organisations", "ORGANISATION", "EMAIL_DOMAIN_ID"
    ),
    embedded("lead_links", "LINKS", "Link", "leads", "LEAD", "LINK_ID"),
    embedded("lead_tags", "TAGS", "Tag", "leads", "LEAD", "TAG_NAME"),
    embedded("opportunity_links", "LINKS", "Link", "opportunities", "OPPORTUNITY", "LINK_ID"),
    embedded("opportunity_tags", "TAGS", "Tag", "opportunities", "OPPORTUNITY", "TAG_NAME"),
    embedded("project_links", "LINKS", "Link", "projects", "PROJECT", "LINK_ID"),
    embedded("project_tags", "TAGS", "Tag", "projects", "PROJECT", "TAG_NAME"),
    embedded("task_links", "LINKS", "Link", "tasks", "TASK", "LINK_ID"),
    embedded("event_links", "LINKS", "Link", "events", "EVENT", "LINK_ID"),
    embedded("email_links", "LINKS", "Link", "emails", "EMAIL", "LINK_ID"),
    embedded("email_tags", "TAGS", "Tag", "emails", "EMAIL", "TAG_NAME"),
    embedded("note_links", "LINKS", "Link", "notes", "NOTE", "LINK_ID"),
    embedded("ticket_tags", "TAGS", "Tag", "tickets", "TICKET", "TAG_NAME"),
    embedded("prospect_tags", "TAGS", "Tag", "prospects", "PROSPECT", "TAG_NAME"),
    embedded("knowledge_article_tags", "TAGS", "Tag", "knowledge_articles", "ARTICLE", "TAG_NAME"),
)
NESTED: tuple[Resource, ...] = (
    nested(
        "opportunity_state_history",
        "/Opportunities/{OPPORTUNITY_ID}/StateHistory",
        "OpportunityState",
        "opportunities",
        "OPPORTUNITY",
        ("OPPORTUNITY_ID", "DATE_CHANGED_UTC", "FOR_OPPORTUNITY_STATE", "STATE_REASON_ID"),  # rows have no id (12)
        instead=MappingProxyType({"STATE_REASON_ID": 0}),  # most changes are made without a reason
        walk=WHOLE,
    ),
    file_attachments("contact_file_attachments", "/Contacts", "contacts", "CONTACT"),
    file_attachments("organisation_file_attachments", "/Organisations", "organisations", "ORGANISATION"),
    file_attachments("lead_file_attachments", "/Leads", "leads", "LEAD"),
    file_attachments("opportunity_file_attachments", "/Opportunities", "opportunities", "OPPORTUNITY"),
    file_attachments("project_file_attachments", "/Projects", "projects", "PROJECT"),
    file_attachments("note_file_attachments", "/Notes", "notes", "NOTE"),
    file_attachments("email_file_attachments", "/Emails", "emails", "EMAIL"),
    nested("note_comments", "/Notes/{NOTE_ID}/Comments", "Comment", "notes", "NOTE", ("COMMENT_ID",)),
    nested("task_comments", "/Tasks/{TASK_ID}/Comments", "Comment", "tasks", "TASK", ("COMMENT_ID",)),
    nested("email_comments", "/Emails/{EMAIL_ID}/Comments", "Comment", "emails", "EMAIL", ("COMMENT_ID",)),
    files_of_comments("note_comments", "NOTE"),
    files_of_comments("task_comments", "TASK"),
    files_of_comments("email_comments", "EMAIL"),
    nested(
        "ticket_comments",
        "/Ticket/{TICKET_ID}/Comments",
        "TicketComment",
        "tickets",
        "TICKET",
        ("TICKET_COMMENT_ID",),
    ),
    nested(
        "quotation_documents",
        "/Quotation/{QUOTE_ID}/QuotationDocument",
        "QuotationDocument",
        "quotes",
        "QUOTE",
        ("QUOTE_DOCUMENT_ID",),
        walk=WHOLE,
    ),
    nested(
        "prospect_static_lists",
        "/Prospect/{PROSPECT_ID}/StaticListMembership",
        "StaticListMembership",
        "prospects",
        "PROSPECT",
        ("PROSPECT_ID", "LIST_ID"),
        walk=WHOLE,
    ),
)


def custom_object(name: str, place: str = "") -> list[Resource]:
    """The streams of one custom object by its OBJECT_NAME (`Fruit__c`): its records, and their files. `place` is the
    name as addresses have it."""
    path = f"/{place or name}"
    return [
        incremental(
            name,
            path,
            "CustomObjectRecord",
            "RECORD_ID",
            object_name=name,
            schema="custom_object_records",
        ),
        file_attachments(f"{name}_file_attachments", path, name, "RECORD", schema="custom_object_file_attachments"),
    ]
