"""Projects and their tickets."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import (
    all_notes,
    documents,
    incremental,
    inside_single,
    nested,
    nested_full,
    setup,
    single,
)

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
    single("project_workplans", "/project/projects/{id}/projectWorkplan", "ProjectWorkplan", "projects"),
    inside_single("project_workplan_phases", "project_workplans", "phases", "ProjectWorkplanProjectPhase", "project"),
    single("project_recaps", "/project/projects/{id}/projectRecap", "ProjectRecap", "projects"),
    nested("project_billing_rates", "/project/{id}/billingRates", "ProjectBillingRate", "projects"),
    nested("project_notes", "/project/projects/{id}/notes", "ProjectNote", "projects"),
    nested("project_contacts", "/project/projects/{id}/contacts", "ProjectContact", "projects"),
    nested("project_team_members", "/project/projects/{id}/teamMembers", "ProjectTeamMember", "projects"),
    nested("project_ticket_notes", "/project/tickets/{id}/notes", "TicketNote", "project_tickets"),
    all_notes("project_ticket_all_notes", "/project/tickets/{id}/allNotes", "ProjectTicketNote", "project_tickets"),
    nested("project_ticket_tasks", "/project/tickets/{id}/tasks", "TicketTask", "project_tickets"),
    nested(
        "project_ticket_configurations",
        "/project/tickets/{id}/configurations",
        "ConfigurationReference",
        "project_tickets",
        primary_key=("ticketId", "id"),
    ),
    documents("project_ticket_documents", "Ticket", "project_tickets"),
    nested_full("project_board_teams", "/project/boards/{id}/teams", "ProjectBoardTeam", "boards"),
)
