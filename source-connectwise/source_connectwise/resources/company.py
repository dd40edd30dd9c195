"""Companies, contacts, configurations."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import (
    embedded,
    full,
    incremental,
    nested,
    nested_full,
    setup,
)

COMPANY: tuple[Resource, ...] = (
    incremental("companies", "/company/companies", "Company"),
    setup("company_statuses", "/company/companies/statuses", "CompanyStatus"),
    setup("company_types", "/company/companies/types", "CompanyType"),
    setup("company_type_associations", "/company/companyTypeAssociations", "CompanyCompanyTypeAssociation"),
    setup("company_note_types", "/company/noteTypes", "CompanyNoteType"),
    setup("company_team_roles", "/company/teamRoles", "TeamRole"),
    incremental("contacts", "/company/contacts", "Contact", secret_fields=("portalPassword",)),
    setup("contact_types", "/company/contacts/types", "ContactType"),
    setup("contact_departments", "/company/contacts/departments", "ContactDepartment"),
    setup("contact_relationships", "/company/contacts/relationships", "ContactRelationship"),
    setup("contact_type_associations", "/company/contactTypeAssociations", "CompanyContactTypeAssociation"),
    setup("communication_types", "/company/communicationTypes", "CommunicationType"),
    # Rows are large: servers fail at a thousand of them.
    incremental("configurations", "/company/configurations", "CompanyConfiguration", page_size=250),
    embedded(
        "configuration_questions",
        "configurations",
        "questions",
        "ConfigurationQuestion",
        ("configurationId", "questionId"),
        texts=("answer",),
    ),
    setup("configuration_statuses", "/company/configurations/statuses", "ConfigurationStatus"),
    setup("configuration_types", "/company/configurations/types", "ConfigurationType"),
    setup("countries", "/company/countries", "Country"),
    setup("states", "/company/states", "State"),
    full("entity_types", "/company/entityTypes", "EntityType"),
    setup("market_descriptions", "/company/marketDescriptions", "MarketDescription"),
    setup("ownership_types", "/company/ownershipTypes", "OwnershipType"),
    setup("tracks", "/company/tracks", "Track"),
    setup(
        "managed_devices_integrations",
        "/company/managedDevicesIntegrations",
        "ManagedDevicesIntegration",
        secret_fields=("globalLoginPassword",),
    ),
    setup(
        "management_it_solutions",
        "/company/managementItSolutions",
        "ManagementItSolution",
        secret_fields=("globalLoginPassword", "nAblePassword", "continuumApiPassword", "levelApiPassword"),
    ),
    nested_full(
        "managed_devices_integration_cross_references",
        "/company/managedDevicesIntegrations/{id}/crossReferences",
        "ManagedDevicesIntegrationCrossReference",
        "managed_devices_integrations",
    ),
    nested_full("track_actions", "/company/tracks/{id}/actions", "TrackAction", "tracks"),
    nested("company_notes", "/company/companies/{id}/notes", "CompanyNote", "companies"),
    nested("company_sites", "/company/companies/{id}/sites", "CompanySite", "companies"),
    nested("company_teams", "/company/companies/{id}/teams", "CompanyTeam", "companies"),
    nested(
        "company_groups",
        "/company/companies/{id}/groups",
        "CompanyGroup",
        "companies",
        primary_key=("companyId", "id"),
    ),
    nested(
        "company_custom_status_notes", "/company/companies/{id}/customStatusNotes", "CompanyCustomNote", "companies"
    ),
    nested(
        "company_management_summaries",
        "/company/companies/{id}/managementSummaryReports",
        "CompanyManagementSummary",
        "companies",
    ),
    embedded(
        "contact_communications", "contacts", "communicationItems", "ContactCommunicationItem", ("contactId", "id")
    ),
    nested("contact_notes", "/company/contacts/{id}/notes", "ContactNote", "contacts"),
    nested(
        "contact_groups", "/company/contacts/{id}/groups", "ContactGroup", "contacts", primary_key=("contactId", "id")
    ),
    nested_full(
        "configuration_type_questions",
        "/company/configurations/types/{id}/questions",
        "ConfigurationTypeQuestion",
        "configuration_types",
    ),
)
