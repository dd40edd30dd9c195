"""Service desk: tickets and boards."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import documents, incremental, nested, nested_full, setup

SERVICE: tuple[Resource, ...] = (
    incremental("incidents", "/service/tickets", "Ticket"),
    setup("boards", "/service/boards", "Board"),
    setup("priorities", "/service/priorities", "Priority"),
    setup("impacts", "/service/impacts", "Impact"),
    setup("severities", "/service/severities", "Severity"),
    setup("sources", "/service/sources", "Source", "dateEntered"),
    setup("slas", "/service/SLAs", "SLA"),
    setup("service_codes", "/service/codes", "Code"),
    setup("service_locations", "/service/locations", "ServiceLocation"),
    setup("service_teams", "/service/teams", "ServiceTeam"),
    setup("service_templates", "/service/templates", "ServiceTemplate"),
    setup("service_surveys", "/service/surveys", "ServiceSurvey"),
    incremental("knowledge_base_articles", "/service/knowledgeBaseArticles", "KnowledgeBaseArticle", "dateCreated"),
    setup("knowledge_base_categories", "/service/knowledgeBaseCategories", "KnowledgeBaseCategory"),
    setup("knowledge_base_sub_categories", "/service/knowledgeBaseSubCategories", "KnowledgeBaseSubCategory"),
    setup("ticket_links", "/service/ticketLinks", "ServiceTicketLink"),
    setup("ticket_syncs", "/service/ticketSyncs", "TicketSync", secret_fields=("password",)),
    # The same address takes DELETE; this source only ever sends GET.
    incremental("ticket_change_logs", "/service/tickets/changelogs", "TicketChangeLog"),
    setup("service_email_templates", "/service/emailTemplates", "ServiceEmailTemplate"),
    setup("service_signoffs", "/service/serviceSignoff", "ServiceSignoff"),
    nested("ticket_notes", "/service/tickets/{id}/notes", "ServiceNote", "incidents"),
    # The same id may stand for a note, a time entry and a meeting.
    nested(
        "ticket_all_notes",
        "/service/tickets/{id}/allNotes",
        "ServiceTicketNote",
        "incidents",
        primary_key=("noteType", "id"),
        walk="by_page",
    ),
    nested("ticket_tasks", "/service/tickets/{id}/tasks", "ServiceTask", "incidents"),
    nested(
        "ticket_configurations",
        "/service/tickets/{id}/configurations",
        "ConfigurationReference",
        "incidents",
        primary_key=("ticketId", "id"),
    ),
    documents("ticket_documents", "Ticket", "incidents"),
    nested_full("board_statuses", "/service/boards/{id}/statuses", "BoardStatus", "boards"),
    nested_full("board_types", "/service/boards/{id}/types", "BoardType", "boards"),
    nested_full("board_subtypes", "/service/boards/{id}/subtypes", "BoardSubType", "boards"),
    nested_full("board_items", "/service/boards/{id}/items", "BoardItem", "boards"),
    nested_full("board_teams", "/service/boards/{id}/teams", "BoardTeam", "boards"),
    nested_full(
        "board_type_subtype_item_associations",
        "/service/boards/{id}/typeSubTypeItemAssociations",
        "BoardTypeSubTypeItemAssociation",
        "boards",
    ),
    nested_full("board_excluded_members", "/service/boards/{id}/excludedMembers", "BoardExcludedMember", "boards"),
    nested_full("board_auto_templates", "/service/boards/{id}/autoTemplates", "BoardAutoTemplate", "boards"),
    nested_full("sla_priorities", "/service/SLAs/{id}/priorities", "SLAPriority", "slas"),
    nested_full("survey_questions", "/service/surveys/{id}/questions", "ServiceSurveyQuestion", "service_surveys"),
    nested_full("survey_results", "/service/surveys/{id}/results", "SurveyResult", "service_surveys"),
    setup("info_boards", "/service/info/boards", "BoardInfo"),
)
