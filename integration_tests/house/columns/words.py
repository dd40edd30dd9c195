"""What columns mean that many streams have: vendor -> column -> a few words."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "closeio": {
        "_type": "The kind of object, as Close names it",
        "attachments": "Files: their names, types, sizes and addresses",
        "created_by": "The user who created it",
        "created_by_name": "Name of the user who created it, as of the last read of the row",
        "date_created": "When it was created",
        "date_updated": "When it last changed",
        "is_archived": "Whether it is inactive",
        "is_shared": "Whether other users may use it",
        "lead_name": "Name of the lead, as of the last read of the row",
        "name": "Name",
        "position": "Position in the array, from 0",
        "status_label": "Name of the status, as of the last read of the row",
        "updated_by": "The user who changed it last",
        "updated_by_name": "Name of the user who changed it last, as of the last read of the row",
        "user_name": "Name of the user, as of the last read of the row",
    },
    "connectwise": {
        "_info": "Metadata: who created and changed the row, when, and links (`…_href`)",
        "closedFlag": "Whether it counts as closed",
        "customFields": "The custom fields, with their captions, types and values",
        "dateEntered": "When it was created, from `_info`",
        "defaultFlag": "Whether it is the default",
        "inactiveFlag": "Whether it is inactive",
        "lastUpdated": "When it last changed, from `_info`",
        "name": "Name",
        "sortOrder": "Position in lists",
    },
    "insightly": {
        "ACTIVE": "Whether it is active",
        "CREATED_USER_ID": "The user who created it",
        "CURRENCY_CODE": "Currency code (ISO 4217)",
        "CUSTOMFIELDS": "The custom fields as Insightly sends them; each has a separate column, too",
        "DATE_CREATED_UTC": "When it was created",
        "DATE_UPDATED_UTC": "When it last changed",
        "OWNER_USER_ID": "The user who owns it",
        "RESPONSIBLE_USER_ID": "The user who is responsible for it",
    },
}
