"""Campaigns and groups."""

from crm_source.resources import Resource
from source_connectwise.resources.rows import nested_full, setup

MARKETING: tuple[Resource, ...] = (
    setup("campaigns", "/marketing/campaigns", "Campaign"),
    setup("campaign_statuses", "/marketing/campaigns/statuses", "CampaignStatus"),
    setup("campaign_types", "/marketing/campaigns/types", "CampaignType"),
    setup("campaign_subtypes", "/marketing/campaigns/subTypes", "CampaignSubTypeCampaignSubType"),
    setup("marketing_groups", "/marketing/groups", "Group"),
    # What recipients do does not change the campaign.
    nested_full("campaign_audits", "/marketing/campaigns/{id}/audits", "CampaignAudit", "campaigns"),
    nested_full("campaign_emails_opened", "/marketing/campaigns/{id}/emailsOpened", "EmailOpened", "campaigns"),
    nested_full("campaign_forms_submitted", "/marketing/campaigns/{id}/formsSubmitted", "FormSubmitted", "campaigns"),
    nested_full("campaign_links_clicked", "/marketing/campaigns/{id}/linksClicked", "LinkClicked", "campaigns"),
    nested_full(
        "marketing_group_companies",
        "/marketing/groups/{id}/companies",
        "MarketingCompany",
        "marketing_groups",
        primary_key=("groupId", "id"),
    ),
    nested_full(
        "marketing_group_contacts",
        "/marketing/groups/{id}/contacts",
        "MarketingContact",
        "marketing_groups",
        primary_key=("groupId", "id"),
    ),
)
