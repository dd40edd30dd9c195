"""What columns mean that many streams have: vendor -> column -> a few words."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "closeio": {
        "_type": "The kind of object, in Close's words",
        "attachments": "Files: their names, types, sizes and addresses",
        "created_by": "The user who made it",
        "created_by_name": "Name of the user who made it, as of the last read of the row",
        "date_created": "When it was made",
        "date_updated": "When it last changed",
        "is_archived": "Whether it is out of use",
        "is_shared": "Whether other users may use it",
        "lead_name": "Name of the lead, as of the last read of the row",
        "name": "Its name",
        "position": "Place in the array, from 0",
        "status_label": "Name of the status, as of the last read of the row",
        "updated_by": "The user who changed it last",
        "updated_by_name": "Name of the user who changed it last, as of the last read of the row",
        "user_name": "Name of the user, as of the last read of the row",
    },
    "connectwise": {
        "_info": "What the API says of the row: who made and changed it, when, and addresses (`…_href`)",
        "closedFlag": "Whether it counts as closed",
        "customFields": "The custom fields, with their captions, types and values",
        "dateEntered": "When it was made, from `_info`",
        "defaultFlag": "Whether it is taken where nothing else is chosen",
        "inactiveFlag": "Whether it is out of use",
        "lastUpdated": "When it last changed, from `_info`",
        "name": "Its name",
        "sortOrder": "Place in lists",
    },
    "insightly": {
        "ACTIVE": "Whether it is in use",
        "CREATED_USER_ID": "The user who made it",
        "CURRENCY_CODE": "Currency, as ISO 4217 has it",
        "CUSTOMFIELDS": "The custom fields as Insightly has them; each has a column of its own as well",
        "DATE_CREATED_UTC": "When it was made",
        "DATE_UPDATED_UTC": "When it last changed",
        "OWNER_USER_ID": "The user to whom it belongs",
        "RESPONSIBLE_USER_ID": "The user who has to do it",
    },
}
