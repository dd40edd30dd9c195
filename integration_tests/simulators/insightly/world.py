"""What rows are made from: the seed, the switches, the definitions, and the ids that references may point to."""

from random import Random

from simulators.insightly.catalog import LISTS, ListSpec
from simulators.insightly.custom_fields import CustomField, definitions, field_for
from simulators.insightly.options import Options
from simulators.insightly.store import Store

MOST_TARGETS = 200
# Which list an id is of, by the end of the field's name; the first that fits counts.
TARGETS = {
    "USER_ID": "users",
    "RESPONSIBLE_USER": "users",
    "CONTACT_ID": "contacts",
    "ORGANISATION_ID": "organisations",
    "OPPORTUNITY_ID": "opportunities",
    "PROJECT_ID": "projects",
    "PROSPECT_ID": "prospects",
    "LEAD_ID": "leads",
    "LEAD_SOURCE_ID": "lead_sources",
    "LEAD_STATUS_ID": "lead_statuses",
    "TEAM_ID": "teams",
    "PIPELINE_ID": "pipelines",
    "STAGE_ID": "pipeline_stages",
    "ACTIVITYSET_ID": "activity_sets",
    "TASK_ID": "tasks",
    "EMAIL_ID": "emails",
    "MILESTONE_ID": "milestones",
    "PRICEBOOK_ID": "pricebooks",
    "PRICEBOOK_ENTRY_ID": "pricebook_entries",
    "PRODUCT_ID": "products",
    "QUOTE_ID": "quotes",
    "OPPORTUNITY_ITEM_ID": "opportunity_products",
    "FILE_CATEGORY_ID": "file_categories",
    "FORUM_CATEGORY_ID": "forum_categories",
    "FORUM_ID": "community_forums",
    "POST_ID": "community_posts",
    "FOLDER_ID": "knowledge_article_folders",
    "STATE_REASON_ID": "opportunity_state_reasons",
    "RELATIONSHIP_ID": "relationships",
}
CATEGORIES = {
    "opportunities": "opportunity_categories",
    "projects": "project_categories",
    "tasks": "task_categories",
    "knowledge_articles": "knowledge_article_categories",
}
OBJECTS = {spec.name: spec.model for spec in LISTS.values()}


class World:
    """`fields` is how many custom fields each object has."""

    def __init__(self, seed: int, store: Store, options: Options, compact: bool, fields: int) -> None:
        self.seed = seed
        self.store = store
        self.options = options
        self.compact = compact
        self._count = fields
        self._fields: dict[str, list[CustomField]] = {}
        self._targets: dict[str, list[int]] = {}
        self._tags: dict[str, list[str]] = {}

    def settle(self) -> None:
        """References point to rows that are there now; when these are deleted, they point to nothing."""
        for name, table in self.store.tables.items():
            self._targets[name] = [entry.id for entry in table.by_id[:: max(1, len(table) // MOST_TARGETS)]]
        for entry in self.store.table("tags"):
            self._tags.setdefault(str(entry.owner), []).append(tag(len(self._tags.get(str(entry.owner), []))))

    def ids(self, name: str) -> list[int]:
        return self._targets.get(name, [])

    def tags(self, name: str) -> list[str]:
        """Those of the record type; other lists have tags that are listed nowhere."""
        return self._tags.get(name, []) if name in self._tags else [tag(20), tag(21)]

    def fields(self, spec: ListSpec) -> list[CustomField]:
        of = field_for(spec)
        if of not in self._fields:
            self._fields[of] = definitions(spec, self._count, self.options)
        return self._fields[of]

    def field(self, of: str, number: int) -> CustomField:
        """Of an object by FIELD_FOR; one that was added later is a text that no record has yet."""
        known = self._fields.get(of, [])
        return known[number] if number < len(known) else CustomField(number, of, f"Extra{number}__c", "TEXT")

    def refer(self, list_name: str, random: Random, field: str) -> int:
        """An id that a field of the list may have; 0 for none."""
        if field == "CATEGORY_ID":
            target = CATEGORIES.get(list_name, "")
        else:
            target = next((name for end, name in TARGETS.items() if field.endswith(end)), "")
        ids = self._targets.get(target, [])
        if ids:
            return random.choice(ids)
        return 0 if target else random.randrange(1, 1000)


def tag(number: int) -> str:
    """The same names in all record types."""
    return ("VIP", "Newsletter", "2026; spring", "Größe XL")[number] if number < 4 else f"Tag {number}"
