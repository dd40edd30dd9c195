"""Phone numbers, blocked numbers, dialer sessions (6.9)."""

from simulators.closeio.rows.world import Pick, World, authors
from simulators.closeio.store import Row


def phone_number(pick: Pick, world: World) -> Row:
    group = pick.chance(0.4)
    number = pick.phone()
    nulls = ("voicemail_greeting_url", "next_billing_on", "address_id", "bundle_id", "forward_to_formatted")
    return {
        "number": number,
        "number_formatted": number,
        "country": pick.maybe("US"),
        "label": f"Line {pick.number}",
        "type": pick.choice(("internal", "external", "virtual")),
        "carrier": pick.maybe("twilio"),
        "carrier_type": pick.maybe("local"),
        "is_group_number": group,
        "is_premium": False,
        "is_verified": True,
        "user_id": None if group else world.user(pick)[0],
        "participants": [world.user(pick)[0]] if group else [],
        "phone_numbers": [],
        "phone_numbers_formatted": [],
        "forward_to": pick.maybe("+14155550199"),
        "forward_to_enabled": False,
        "press_1_to_accept": False,
        "sms_enabled": True,
        "mms_enabled": False,
        "supports_sms_to_countries": ["US"],
        "supports_mms_to_countries": [],
        "last_billed_price": pick.maybe(1.15),
        "was_ported": False,
        **dict.fromkeys(nulls),
    }


def blocked_phone_number(pick: Pick, world: World) -> Row:
    return {"phone": pick.phone(), "reason": "spam", **authors(pick, world, names=False)}


def dialer(pick: Pick, world: World) -> Row:
    user = world.user(pick)[0]
    return {
        "type": pick.choice(("power", "predictive")),
        "status": pick.choice(("active", "completed")),
        "caller_id": pick.maybe("+14155550100"),
        "source_type": "saved-search",
        "source_value": world.pick_id(pick, "saved_search"),
        "ring_mode": pick.maybe("ring"),
        "music_preference": None,
        "is_user_dependent": False,
        "visibility_mode": pick.maybe("all"),
        "user_id": user,
        "users": [{"user_id": user, "is_active": True, "state": "idle"}],
    }


BODIES = {"phone_number": phone_number, "blocked_phone_number": blocked_phone_number, "dialer": dialer}
