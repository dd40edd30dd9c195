"""Users, roles, groups, memberships (6.7)."""

from simulators.closeio import dates
from simulators.closeio.rows.world import FIRST_NAMES, LAST_NAMES, Pick, World
from simulators.closeio.store import Row

BUILT_IN_ROLES = ("admin", "superuser", "user", "restricteduser")


def user(pick: Pick, world: World) -> Row:
    first, last = pick.choice(FIRST_NAMES), pick.choice(LAST_NAMES)
    row: Row = {
        "email": f"user{pick.number}@example.com",
        "first_name": first,
        "last_name": last,
        "image": f"https://images.example.com/{pick.number}.png",
        "organizations": [world.organization_id],
        "last_used_timezone": pick.maybe("America/Los_Angeles"),
        "email_verified_at": pick.maybe(dates.offset_text(world.moment(pick))),
        "email_verification_token_generated_at": None,
    }
    return pick.some(row, "last_used_timezone", "email_verified_at", "email_verification_token_generated_at")


def role(pick: Pick, world: World) -> Row:
    """The first four are the built-in ones, whose ids are literal."""
    built_in = BUILT_IN_ROLES[pick.number] if pick.number < len(BUILT_IN_ROLES) else None
    row: Row = {
        "name": (built_in or f"Role {pick.number}").title(),
        "editable": built_in is None,
        "permissions": ["export", "bulk_email"],
        "visibility_user_lcf_ids": pick.maybe([]),
        "visibility_user_lcf_behavior": pick.maybe("require_assignment"),
    }
    return {"id": built_in, **row} if built_in else row


def group(pick: Pick, world: World) -> Row:
    return {"name": f"Team {pick.number}", "members": [{"user_id": entry.id} for entry in world.store.table("user")]}


def membership(pick: Pick, world: World) -> Row:
    """One for each user, in their order; the third and every tenth is inactive (kept out of the API's rows)."""
    users = world.store.table("user").order[""]
    member = users[pick.number % len(users)].row() if users else {}
    first, last = member.get("first_name"), member.get("last_name")
    return {
        "user_id": member.get("id"),
        "role_id": "admin" if pick.number == 0 else "user",
        "role": None,
        "permissions_granted": [],
        "auto_record_calls": "unset",
        "track_email_opens": True,
        "default_caller_id": None,
        "hangup_recording_url": None,
        "is_free": False,
        "may_workflows_impersonate": False,
        "onboarding_status": "done",
        "primary_personal_number": None,
        "user_email": member.get("email"),
        "user_first_name": first,
        "user_last_name": last,
        "user_full_name": f"{first} {last}",
        "user_phone": pick.maybe(pick.phone()),
    }


BODIES = {"user": user, "role": role, "group": group, "membership": membership}
