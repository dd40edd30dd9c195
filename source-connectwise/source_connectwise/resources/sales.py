"""Opportunities, activities, orders."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import incremental, nested, nested_full, setup

SALES: tuple[Resource, ...] = (
    incremental("opportunities", "/sales/opportunities", "Opportunity"),
    setup("opportunity_ratings", "/sales/opportunities/ratings", "OpportunityRating"),
    setup("opportunity_statuses", "/sales/opportunities/statuses", "OpportunityStatus", "dateEntered"),
    setup("opportunity_types", "/sales/opportunities/types", "OpportunityType"),
    setup("opportunity_stages", "/sales/stages", "OpportunityStage"),
    setup("sales_probabilities", "/sales/probabilities", "SalesProbability"),
    incremental("activities", "/sales/activities", "Activity", moments=("dateStart", "dateEnd")),
    setup("activity_statuses", "/sales/activities/statuses", "ActivityStatus"),
    setup("activity_types", "/sales/activities/types", "ActivityType"),
    incremental("orders", "/sales/orders", "Order"),
    setup("order_statuses", "/sales/orders/statuses", "OrderStatus"),
    setup("sales_teams", "/sales/salesTeams", "SalesTeam"),
    setup("sales_roles", "/sales/roles", "Role"),
    setup("sales_quotas", "/sales/quotas", "SalesQuota"),
    setup("commissions", "/sales/commissions", "Commission"),
    # Some servers answer with the one forecast, not with a list.
    nested(
        "opportunity_forecasts",
        "/sales/opportunities/{id}/forecast",
        "Forecast",
        "opportunities",
        primary_key=("opportunityId", "id"),
        walk="by_page",
    ),
    nested("opportunity_contacts", "/sales/opportunities/{id}/contacts", "OpportunityContact", "opportunities"),
    nested("opportunity_notes", "/sales/opportunities/{id}/notes", "OpportunityNote", "opportunities"),
    nested("opportunity_teams", "/sales/opportunities/{id}/team", "Team", "opportunities"),
    nested_full("sales_team_members", "/sales/salesTeams/{id}/members", "SalesTeamMember", "sales_teams"),
    nested(
        "order_financial_recaps",
        "/sales/orders/{id}/financialrecap",
        "SalesOrderRecap",
        "orders",
        primary_key=("salesOrderId", "id"),
        walk="by_page",
    ),
    nested("order_line_items", "/sales/orders/{id}/lineitems/", "SalesOrdersLineItem", "orders"),
)
