"""What an account may read (3.3): lists that its plan or its user does not have, and how it tells."""

from typing import Any

from simulators.insightly.catalog import EXTENSIBLE, LISTS
from simulators.insightly.options import Options
from simulators.insightly.refusals import gated

FORBIDDEN = (
    "community_comments",
    "community_forums",
    "community_posts",
    "forum_categories",
    "knowledge_articles",
    "knowledge_article_categories",
    "knowledge_article_folders",
    "prospects",
    "tickets",
)
MISSING = ("opportunity_products", "pricebooks", "pricebook_entries", "products", "quotes", "quote_products")
LEADS = ("lead_sources", "lead_statuses")


def status_of(options: Options, name: str, is_custom: bool = False) -> int | None:
    """What all addresses of a list answer; None when it is there."""
    if name in options.gated:
        return options.gated[name]
    if name in LEADS and not options.lead_management:
        return 403
    if options.plan != "Enterprise":
        if name in FORBIDDEN:
            return 403
        if name in MISSING or is_custom:
            return 404
        if name == "custom_objects" and options.custom_objects_gate != "empty":
            return int(options.custom_objects_gate)
    return None


def require(options: Options, name: str, is_custom: bool = False) -> None:
    status = status_of(options, name, is_custom)
    if status is not None:
        spec = LISTS.get(name)
        raise gated(status, spec.model if spec else name)


def instance(options: Options) -> dict[str, Any]:
    return {
        "INSTANCE_NAME": "Test Company",
        "INSTANCE_SUBDOMAIN": None,
        "PLAN_NAME": options.plan,
        "NEW_USER_EXPERIENCE_ENABLED": options.plan == "Enterprise",
    }


def permissions(options: Options) -> dict[str, Any]:
    """Of the lists that have custom fields, which are the objects of Insightly."""
    found = []
    for name in EXTENSIBLE:
        may = status_of(options, name) is None
        rights = {f"CAN_{what}": may for what in ("READ", "CREATE", "EDIT", "DELETE")}
        state = "ENABLED" if may else "DISABLED"
        found.append({"OBJECT_TYPE": LISTS[name].model, "PERMISSIONS_STATE": state, **rights})
    return {"PERMISSIONS_STATE": "ENABLED", "OBJECT_PERMISSIONS": found}
