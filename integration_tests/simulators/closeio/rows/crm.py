"""Leads, contacts, opportunities (6.1-6.3)."""

from simulators.closeio import dates
from simulators.closeio.rows.custom import values
from simulators.closeio.rows.world import (
    CITIES,
    CREATION_SOURCES,
    Pick,
    World,
    attachments,
    authors,
    emails,
    phones,
)
from simulators.closeio.store import Row


def lead(pick: Pick, world: World) -> Row:
    status = world.pick_row(pick, "status.lead")
    city, state, zipcode, country = pick.choice(CITIES)
    address = {
        "label": pick.choice(("business", "mailing", "other")),
        "address_1": "1 A St",
        "address_2": None,
        "city": city,
        "state": state,
        "zipcode": zipcode,
        "country": country,
        "tz_ids": ["America/New_York"],
    }
    row: Row = {
        "description": pick.choice(("", None, pick.text(6))),
        "url": pick.maybe("https://example.com"),
        "status_id": status.get("id"),
        "status_label": status.get("label"),
        "source": pick.choice(CREATION_SOURCES),
        **authors(pick, world),
        "addresses": [pick.some(address, "tz_ids")] if pick.chance(0.5) else [],
        "integration_links": [{"name": "Google Search", "url": "https://google.com/search?q=Acme"}],
        "contacts_summary": pick.maybe(pick.name()),
        "primary_email": pick.maybe(emails(pick, 1)[0]),
        "primary_phone": pick.maybe(phones(pick, 1)[0]),
        "primary_address_summary": pick.maybe(f"{city}, {state}"),
        "localtime": pick.maybe(dates.offset_text(world.now)),
        "recent_calls": [],
        "summaries": [],
        **values(pick, world, "lead"),
    }
    optional = ("contacts_summary", "primary_email", "primary_phone", "primary_address_summary", "localtime")
    return pick.some(row, "source", *optional, "recent_calls", "summaries")


def contact(pick: Pick, world: World) -> Row:
    name = pick.maybe(pick.name(), 0.1)
    row: Row = {
        "name": name,
        "display_name": name or "(no name)",
        "title": pick.choice(("CEO", "", None)),
        "emails": emails(pick, pick.randrange(3)),
        "phones": phones(pick, pick.randrange(3)),
        "urls": [{"url": "https://example.com/about", "type": "url"}] if pick.chance(0.3) else [],
        "integration_links": [{"name": "LinkedIn", "url": "https://linkedin.com/search?q=x"}],
        **authors(pick, world, names=False),
        "timezone": pick.maybe("Europe/Berlin"),
        "timezone_source": pick.maybe("phone"),
        "lead_suggestions_operation_id": None,
        "recent_calls": [
            {
                "id": world.ids.make("acti_"),
                "status": "completed",
                "duration": pick.randrange(600),
                "finish_timestamp": dates.offset_text(world.moment(pick)),
                "dialer_id": None,
            }
        ],
        "subscriptions": [],
        **values(pick, world, "contact"),
    }
    return pick.some(
        row, "timezone", "timezone_source", "lead_suggestions_operation_id", "recent_calls", "subscriptions"
    )


FACTOR = {"one_time": 1, "monthly": 12, "annual": 1}


def money(value: int | None, period: str, confidence: int) -> Row:
    """The fields that follow from value (cents), period and confidence (1.6)."""
    text = {"one_time": "", "monthly": " monthly", "annual": " annual"}[period]
    annualized = None if value is None else value * FACTOR[period]
    return {
        "value": value,
        "value_period": period,
        "value_formatted": None if value is None else f"${value / 100:,.0f}{text}",
        "expected_value": None if value is None else value * confidence // 100,
        "annualized_value": annualized,
        "annualized_expected_value": None if annualized is None else annualized * confidence // 100,
        "confidence": confidence,
    }


def status_fields(status: Row) -> Row:
    return {
        "status_id": status.get("id"),
        "status_label": status.get("label"),
        "status_type": status.get("type"),
        "status_display_name": status.get("label"),
        "pipeline_id": status.get("pipeline_id"),
        "pipeline_name": status.get("pipeline_name"),
    }


def opportunity(pick: Pick, world: World) -> Row:
    status = world.pick_row(pick, "status.opportunity")
    user_id, user_name = world.user(pick)
    moment = world.moment(pick)
    row: Row = {
        "contact_id": pick.maybe(world.pick_id(pick, "contact")),
        "contact_name": pick.maybe(pick.name()),
        "user_id": user_id,
        "user_name": user_name,
        **status_fields(status),
        **money(
            pick.maybe(pick.randrange(100, 10**7), 0.1), pick.choice(list(FACTOR)), pick.choice((0, 25, 50, 75, 100))
        ),
        "value_currency": "USD",
        "note": pick.choice(("", None, pick.text())),
        "note_html": pick.maybe("<body><p>note</p></body>"),
        "date_won": dates.day_text(moment) if status.get("type") == "won" else None,
        "date_lost": dates.offset_text(moment) if status.get("type") == "lost" else None,
        **authors(pick, world),
        "integration_links": [],
        "attachments": attachments(pick),
        "comment_summary": pick.maybe({"comment_count": 2, "thread_id": world.ids.make("comthr_", 22)}),
        "is_stalled": pick.chance(0.2),
        "stall_status": pick.maybe(
            {"communication_issue": "no_reply", "next_action": {"action": "call", "justification": "quiet"}}
        ),
        "suggested_action": None,
        "lead_primary_email": pick.maybe(emails(pick, 1)[0]),
        "lead_primary_phone": pick.maybe(phones(pick, 1)[0]),
        **values(pick, world, "opportunity"),
    }
    optional = ("stall_status", "suggested_action", "lead_primary_email", "lead_primary_phone")
    return pick.some(row, "note_html", "comment_summary", "is_stalled", *optional)


BODIES = {"lead": lead, "contact": contact, "opportunity": opportunity}
