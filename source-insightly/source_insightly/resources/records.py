"""The lists with a search: what people work with, and what such records refer to (4.1)."""

from crm_source.resources import Dates, Resource
from source_insightly.resources.rows import CREATED, full, incremental, setup

RECORDS: tuple[Resource, ...] = (
    incremental("contacts", "/Contacts", "Contact", "CONTACT_ID", object_name="Contact"),
    incremental("organisations", "/Organisations", "Organisation", "ORGANISATION_ID", object_name="Organisation"),
    incremental("leads", "/Leads", "Lead", "LEAD_ID", object_name="Lead"),
    incremental("opportunities", "/Opportunities", "Opportunity", "OPPORTUNITY_ID", object_name="Opportunity"),
    incremental("projects", "/Projects", "Project", "PROJECT_ID", object_name="Project"),
    incremental("tasks", "/Tasks", "Task", "TASK_ID", object_name="Task"),
    incremental("events", "/Events", "Event", "EVENT_ID", object_name="Event"),
    # Emails have no date of change. Whatever date the search compares, it finds new ones (2.2).
    incremental("emails", "/Emails", "Email", "EMAIL_ID", dates=Dates(CREATED, CREATED, moves=False)),
    incremental("notes", "/Notes", "Note", "NOTE_ID"),
    incremental("milestones", "/Milestones", "Milestone", "MILESTONE_ID"),
    setup("products", "/Product", "Product", "PRODUCT_ID", object_name="Product"),
    setup("pricebooks", "/Pricebook", "Pricebook", "PRICEBOOK_ID"),
    setup("pricebook_entries", "/PricebookEntry", "PricebookEntry", "PRICEBOOK_ENTRY_ID", object_name="PricebookEntry"),
    incremental("quotes", "/Quotation", "Quotation", "QUOTE_ID", object_name="Quotation"),
    incremental(
        "quote_products",
        "/QuotationLineItem",
        "QuotationLineItem",
        "QUOTATION_ITEM_ID",
        object_name="QuotationLineItem",
    ),
    incremental(
        "opportunity_products",
        "/OpportunityLineItem",
        "OpportunityLineItem",
        "OPPORTUNITY_ITEM_ID",
        object_name="OpportunityLineItem",
    ),
    incremental("tickets", "/Ticket", "Ticket", "TICKET_ID", object_name="Ticket"),
    incremental("prospects", "/Prospect", "Prospect", "PROSPECT_ID", object_name="Prospect"),
    incremental(
        "knowledge_articles", "/KnowledgeArticle", "KnowledgeArticle", "ARTICLE_ID", object_name="KnowledgeArticle"
    ),
    setup("knowledge_article_categories", "/KnowledgeArticleCategory", "KnowledgeArticleCategory", "CATEGORY_ID"),
    setup("knowledge_article_folders", "/KnowledgeArticleFolder", "KnowledgeArticleFolder", "FOLDER_ID"),
    setup("forum_categories", "/ForumCategories", "SupportForumCategory", "FORUM_CATEGORY_ID"),
    setup("community_forums", "/CommunityForums", "SupportForum", "FORUM_ID"),
    incremental("community_posts", "/CommunityPosts", "SupportForumPost", "POST_ID"),
    incremental("community_comments", "/CommunityComments", "SupportForumComment", "COMMENT_ID"),
    # A template that changes has no new date (4.1).
    full("document_templates", "/DocumentTemplates", "DocumentTemplate", "TEMPLATE_ID"),
    setup("users", "/Users", "User", "USER_ID"),
)
