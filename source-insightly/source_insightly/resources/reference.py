"""The lists without a search, most of them set-up tables (4.2)."""

from types import MappingProxyType

from crm_source.resources import Resource
from source_insightly.resources.rows import (
    BY_OFFSET,
    CUSTOM_FIELDS,
    TAGS,
    WHOLE,
    embedded_full,
    full,
)

REFERENCE: tuple[Resource, ...] = (
    full("teams", "/Teams", "Team", "TEAM_ID"),
    # The rows of team_members as they are inside teams.
    embedded_full("team_embedded_members", "TEAMMEMBERS", "TeamMember", "teams", ("TEAM_ID",), "PERMISSION_ID"),
    full("team_members", "/TeamMembers", "TeamMember", "PERMISSION_ID"),
    full("pipelines", "/Pipelines", "Pipeline", "PIPELINE_ID"),
    full("pipeline_stages", "/PipelineStages", "PipelineStage", "STAGE_ID"),
    full("lead_sources", "/LeadSources", "LeadSource", "LEAD_SOURCE_ID"),
    full(
        "lead_statuses",
        "/LeadStatuses",
        "LeadStatus",
        "LEAD_STATUS_ID",
        params=MappingProxyType({"include_converted": "true"}),  # leads refer to that status, too
    ),
    full("opportunity_categories", "/OpportunityCategories", "Category", "CATEGORY_ID"),
    full("project_categories", "/ProjectCategories", "Category", "CATEGORY_ID"),
    full("task_categories", "/TaskCategories", "Category", "CATEGORY_ID"),
    full("file_categories", "/FileCategories", "Category", "CATEGORY_ID"),
    full("opportunity_state_reasons", "/OpportunityStateReasons", "OpportunityStateReason", "STATE_REASON_ID"),
    full("relationships", "/Relationships", "Relationship", "RELATIONSHIP_ID"),
    full("activity_sets", "/ActivitySets", "ActivitySet", "ACTIVITYSET_ID"),
    embedded_full(
        "activity_set_activities", "ACTIVITIES", "Activity", "activity_sets", ("ACTIVITYSET_ID",), "ACTIVITY_ID"
    ),
    full("tags", "/Tags", "Tag", "RECORD_TYPE", "TAG_NAME", walk=TAGS),
    full("follows", "/Follows", "UserFollow", "RECORD_TYPE", "RECORD_ID", walk=BY_OFFSET),
    full("marketing_visits", "/MarketingVisits", "MarketingVisit", "VISIT_ID"),
    full("countries", "/Countries", "Country", "COUNTRY_NAME", walk=WHOLE),
    full("currencies", "/Currencies", "Currency", "CURRENCY_CODE", walk=WHOLE),
    full("custom_objects", "/CustomObjects", "CustomObject", "OBJECT_NAME", walk=WHOLE),
    full("custom_fields", "/CustomFields", "CustomFieldMetadata", "FIELD_FOR", "FIELD_NAME", walk=CUSTOM_FIELDS),
    embedded_full(
        "custom_field_options",
        "CUSTOM_FIELD_OPTIONS",
        "CustomFieldOption",
        "custom_fields",
        ("FIELD_FOR", "FIELD_NAME"),
        "OPTION_ID",
    ),
    # Each is one row, without a key.
    full("permissions", "/Permissions", "Permissions", walk=WHOLE),
    embedded_full("object_permissions", "OBJECT_PERMISSIONS", "ObjectPermissions", "permissions", (), "OBJECT_TYPE"),
    full("instance", "/Instance", "Instance", walk=WHOLE),
)
