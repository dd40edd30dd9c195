"""E-mails, threads, SMS, WhatsApp messages, form submissions, comments (6.5, 6.9)."""

from simulators.closeio import dates
from simulators.closeio.rows.activities import base, sequence_fields
from simulators.closeio.rows.world import CREATION_SOURCES, Pick, World, attachments
from simulators.closeio.store import Row

_AGENT = ("agent_action_reason", "agent_config_id")


def email(pick: Pick, world: World) -> Row:
    incoming = pick.chance(0.5)
    sender, to = "Ann Lee <ann@example.com>", f"person{pick.randrange(10**6)}@example.com"
    subject = pick.text(2)
    sent = world.moment(pick)
    envelope = {
        "from": [{"email": "ann@example.com", "name": "Ann Lee"}],
        "to": [{"email": to, "name": ""}],
        "cc": [],
        "bcc": [],
        "sender": [],
        "reply_to": [],
        "date": dates.rfc2822_text(sent),
        "subject": subject,
        "message_id": f"<{pick.randrange(10**9)}@example.com>",
        "in_reply_to": None,
        "is_autoreply": False,
    }
    opened = {"ip_address": "10.0.0.1", "user_agent": "UA", "opened_by": to, "opened_at": dates.offset_text(sent)}
    nulls = ("in_reply_to_id", "send_as_id", "bulk_email_action_id", "followup_sequence_id", "followup_sequence_delay")
    return {
        **base(pick, world, "Email"),
        "direction": "incoming" if incoming else "outgoing",
        "status": "inbox" if incoming else pick.choice(("sent", "sent", "draft", "scheduled")),
        "subject": subject,
        "sender": sender,
        "to": [to],
        "cc": [],
        "bcc": [],
        "body_text": pick.text(12),
        "body_html": "<p>hello</p>",
        "body_preview": pick.text(3),
        "body_text_quoted": [{"text": pick.text(4), "expand": False}],
        "body_html_quoted": [],
        "attachments": attachments(pick),
        "envelope": pick.maybe(envelope, 0.2),
        "thread_id": world.pick_id(pick, "activity.email_thread"),
        "message_ids": ["<1@example.com>"],
        "references": [],
        "date_sent": pick.maybe(dates.offset_text(sent)),
        "date_scheduled": None,
        "opens": [opened] if pick.chance(0.3) else [],
        "opens_summary": None,
        "send_attempts": [],
        "email_account_id": world.pick_id(pick, "connected_account"),
        "template_id": pick.maybe(world.pick_id(pick, "email_template"), 0.8),
        "template_name": None,
        "has_reply": pick.chance(0.2),
        "need_smtp_credentials": False,
        "followup_sequence_add_cc_bcc": False,
        **dict.fromkeys((*nulls, *_AGENT)),
        **sequence_fields(pick, world),
    }


def email_thread(pick: Pick, world: World) -> Row:
    """Both `emails` (the docs) and `latest_emails` (production) occur."""
    subject = pick.text(2)
    moment = dates.offset_text(world.moment(pick))
    stripped = {
        "id": world.ids.make("acti_"),
        "subject": subject,
        "sender": "Ann Lee <ann@example.com>",
        "to": ["person1@example.com"],
        "cc": [],
        "bcc": [],
        "status": "sent",
        "direction": "outgoing",
        "date_created": moment,
        "date_updated": moment,
        "body_preview": pick.text(2),
        "envelope": None,
        "has_attachments": False,
        "user_id": None,
    }
    row: Row = {
        **base(pick, world, "EmailThread"),
        "latest_normalized_subject": subject,
        "n_emails": 1,
        "participants": [{"email": "person1@example.com", "name": "P"}],
        "emails": [stripped],
        "latest_emails": [stripped],
        "importance": {"level": "high"},
    }
    return pick.some(row, "importance", pick.choice(("emails", "latest_emails")))


def sms(pick: Pick, world: World) -> Row:
    return {
        **base(pick, world, "SMS"),
        "direction": pick.choice(("inbound", "outbound")),
        "status": pick.choice(("sent", "inbox", "scheduled", "error")),
        "source": "Close.io",
        "text": pick.text(),
        "cost": pick.maybe("2"),
        "local_phone": "+14155550100",
        "local_phone_formatted": "+1 415-555-0100",
        "local_country_iso": "US",
        "remote_phone": pick.phone(),
        "remote_phone_formatted": "+1 415-555-0101",
        "remote_country_iso": pick.maybe("US"),
        "date_sent": pick.maybe(dates.offset_text(world.moment(pick))),
        "date_scheduled": None,
        "error_message": None,
        "template_id": pick.maybe(world.pick_id(pick, "sms_template"), 0.8),
        "attachments": attachments(pick),
        **dict.fromkeys(_AGENT),
        **sequence_fields(pick, world),
    }


def whatsapp_message(pick: Pick, world: World) -> Row:
    text = pick.text()
    return {
        **base(pick, world, "WhatsAppMessage"),
        "direction": pick.choice(("incoming", "outgoing")),
        "external_whatsapp_message_id": f"wamid.{pick.randrange(10**9)}",
        "text": text,
        "message_html": f"<p>{text}</p>",
        "message_markdown": text,
        "local_phone": "+14155550100",
        "local_phone_formatted": "+1 415-555-0100",
        "remote_phone": "+14155550101",
        "remote_phone_formatted": "+1 415-555-0101",
        "response_to_id": None,
        "integration_name": pick.maybe("Bridge"),
        "integration_link": None,
        "source": pick.choice(CREATION_SOURCES),
        "attachments": attachments(pick),
        **sequence_fields(pick, world),
    }


def form_submission(pick: Pick, world: World) -> Row:
    form = world.pick_row(pick, "form")
    return {
        **base(pick, world, "FormSubmission"),
        "form_id": form.get("id"),
        "form_name": form.get("name"),
        "form_configuration_id": "formcfg_1",
        "ip_address": pick.maybe("10.0.0.2"),
        "origin": pick.maybe("https://example.com"),
        "source_url": "https://example.com/?utm=1",
        "source_url_normalized": "https://example.com/",
        "values": {"formfld_1": "a@example.com"},
        "values_by_name": {"E-mail": "a@example.com"},
    }


def comment_thread(pick: Pick, world: World) -> Row:
    return {
        "object_id": world.pick_id(pick, "activity.note"),
        "object_type": "activity.note",
        "num_comments": 2,
        "participating": [world.user(pick)[0]],
    }


def comment(pick: Pick, world: World) -> Row:
    threads = world.store.table("comment_thread").order[""]
    author = world.user(pick)[0]
    return {
        "thread_id": threads[pick.number % len(threads)].id if threads else None,
        "body": pick.text(),
        "mentions": [],
        "created_by": author,
        "updated_by": author,
        "removed_at": None,
        "removed_by": None,
    }


BODIES = {
    "activity.email": email,
    "activity.email_thread": email_thread,
    "activity.sms": sms,
    "activity.whatsapp_message": whatsapp_message,
    "activity.form_submission": form_submission,
    "comment_thread": comment_thread,
    "comment": comment,
}
