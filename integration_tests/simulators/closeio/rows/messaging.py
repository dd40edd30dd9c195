"""Templates, connected accounts, send-as, unsubscribed addresses, webhooks (6.9)."""

from simulators.closeio.rows.world import Pick, World, attachments, authors
from simulators.closeio.store import Row

ACCOUNT_TYPES = ("google", "custom_email", "zoom", "microsoft", "calendly")


def email_template(pick: Pick, world: World) -> Row:
    return {
        "name": f"Template {pick.number}",
        "subject": pick.maybe(pick.text(2)),
        "body": pick.maybe("Hi {{ contact.first_name }}"),
        "attachments": attachments(pick),
        "is_shared": pick.chance(0.5),
        "is_archived": pick.chance(0.3),
        **authors(pick, world, names=False),
        "used_by_sequences": [],
    }


def sms_template(pick: Pick, world: World) -> Row:
    row: Row = {
        "name": f"SMS {pick.number}",
        "text": pick.text(),
        "status": pick.choice(("active", "archived")),
        "is_shared": pick.chance(0.5),
        "owned_by": pick.maybe(world.user(pick)[0]),
        "attachments": [],
        **authors(pick, world, names=False),
    }
    return pick.some(row, "attachments")


def connected_account(pick: Pick, world: World) -> Row:
    type_ = ACCOUNT_TYPES[pick.number % len(ACCOUNT_TYPES)]
    nulls = (
        "latest_receive_error",
        "latest_send_error",
        "lead_suggestions_updated_at",
        "zoom_account_plan",
        "calendly",
    )
    row: Row = {
        "_type": type_,
        "user_id": world.user(pick)[0],
        "identities": [{"email": "ann@example.com", "name": "Ann Lee"}],
        "available_calendars": [],
        "available_features": ["email_sending", "email_syncing"],
        "enabled_features": ["email_sending"],
        "calendar_receive_status": "ok",
        "receive_status": "ok",
        "send_status": "ok",
        "email_receive_status": "ok",
        "default_identity": {"email": "ann@example.com", "name": "Ann Lee"},
        "has_meeting_creation_scopes": False,
        "is_imap_archive_sync_enabled": False,
        "sync_all_calendars": False,
        **dict.fromkeys(nulls),
        "synced_calendars": [],
    }
    if type_ == "zoom":
        row["email"] = "ann@example.com"
    if type_ == "custom_email":
        row |= {
            "imap": pick.maybe({"host": "imap.example.com", "port": 993, "use_ssl": True, "username": "ann"}),
            "smtp": {"host": "smtp.example.com", "port": 465, "use_ssl": True, "username": "ann"},
        }
    return row


def send_as(pick: Pick, world: World) -> Row:
    users = world.store.table("user").order[""]
    return {
        "allowing_user_id": users[0].id if users else None,
        "allowed_user_id": users[(pick.number + 1) % len(users)].id if users else None,
    }


def unsubscribed_email(pick: Pick, world: World) -> Row:
    return {"email": f"gone{pick.number}@example.com"}


def webhook(pick: Pick, world: World) -> Row:
    return {
        "url": "https://example.com/hook",
        "status": "active",
        "events": [{"object_type": "lead", "action": "created", "extra_filter": None}],
        "verify_ssl": True,
        "signature_key": f"{pick.getrandbits(256):064x}",
        "counters": {"first_success": pick.randrange(100), "retry_success": 1, "first_fail": 1},
        "health_status": "healthy",
        "latest_error": None,
        "pause_reason": None,
        "recent_consecutive_fail_buckets_cnt": 0,
        **authors(pick, world, names=False),
    }


BODIES = {
    "email_template": email_template,
    "sms_template": sms_template,
    "connected_account": connected_account,
    "send_as": send_as,
    "unsubscribed_email": unsubscribed_email,
    "webhook": webhook,
}
