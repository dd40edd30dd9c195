"""Schedules and calendars."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import incremental, nested, nested_full, setup

SCHEDULE: tuple[Resource, ...] = (
    incremental("schedule_entries", "/schedule/entries", "ScheduleEntry"),
    setup("schedule_types", "/schedule/types", "ScheduleType"),
    setup("schedule_statuses", "/schedule/statuses", "ScheduleStatus"),
    setup("calendars", "/schedule/calendars", "Calendar"),
    setup("holiday_lists", "/schedule/holidayLists", "HolidayList"),
    incremental("schedule_details", "/schedule/details", "ScheduleEntryDetail"),
    nested_full("holidays", "/schedule/holidayLists/{id}/holidays", "Holiday", "holiday_lists"),
    nested("schedule_entry_details", "/schedule/entries/{id}/details", "ScheduleDetail", "schedule_entries"),
)
