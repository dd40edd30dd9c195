"""THE table: one row a stream, in the order of the reference.

Four of them are what integration-platform instances poll (7): contacts, accounts (here organisations), leads and
opportunities. The streams of custom objects are made by `custom_object`, as each account has its own.
"""

from crm_source.resources import Dates, Resource, Swept
from source_insightly.resources.below import EMBEDDED, NESTED, custom_object
from source_insightly.resources.records import RECORDS
from source_insightly.resources.reference import REFERENCE
from source_insightly.resources.rows import insightly_facts

__all__ = ["CUSTOM_FIELD_OBJECTS", "RECORD_TYPES", "RESOURCES", "custom_object"]

# What the source itself finds by comparing ids.
DELETIONS = Swept("deletions", primary_key=("stream", "record_id", "id"), dates=Dates("detected_at"))
RESOURCES: tuple[Resource, ...] = (*RECORDS, *EMBEDDED, *NESTED, *REFERENCE, DELETIONS)
# The objects that have custom fields in every account; an account's custom objects have some, too.
CUSTOM_FIELD_OBJECTS: tuple[str, ...] = tuple(name for one in RECORDS if (name := insightly_facts(one).object_name))
# What /Tags wants as `record_type` (4.2).
RECORD_TYPES = ("contacts", "leads", "opportunities", "organisations", "projects", "emails")
