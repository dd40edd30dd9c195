"""Projects and their tickets."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import incremental, nested, nested_full, setup

PROJECT: tuple[Resource, ...] = (
    incremental("projects", "/project/projects", "Project"),
    setup("project_statuses", "/project/statuses", "ProjectStatus"),
    setup("project_types", "/project/projectTypes", "ProjectType"),
    setup("project_phase_statuses", "/project/phaseStatuses", "PhaseStatus"),
    setup("project_status_indicators", "/project/statusIndicators", "StatusIndicator"),
    setup("project_security_roles", "/project/securityRoles", "ProjectSecurityRole"),
    incremental("project_tickets", "/project/tickets", "ProjectTicket"),
    setup("project_templates", "/project/projectTemplates/", "ProjectTemplate"),
    nested("project_phases", "/project/projects/{id}/phases", "ProjectPhase", "projects"),
    nested("project_notes", "/project/projects/{id}/notes", "ProjectNote", "projects"),
    nested("project_contacts", "/project/projects/{id}/contacts", "ProjectContact", "projects"),
    nested("project_team_members", "/project/projects/{id}/teamMembers", "ProjectTeamMember", "projects"),
    nested("project_ticket_notes", "/project/tickets/{id}/notes", "TicketNote", "project_tickets"),
    # The same id may stand for a note, a time entry and a meeting.
    nested(
        "project_ticket_all_notes",
        "/project/tickets/{id}/allNotes",
        "ProjectTicketNote",
        "project_tickets",
        primary_key=("noteType", "id"),
        walk="by_page",
    ),
    nested("project_ticket_tasks", "/project/tickets/{id}/tasks", "TicketTask", "project_tickets"),
    nested_full("project_board_teams", "/project/boards/{id}/teams", "ProjectBoardTeam", "boards"),
)
