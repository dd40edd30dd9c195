-- What are the open opportunities worth, by stage, and weighted by probability?
SELECT
    pipeline_id,
    stage_id,
    count(*) AS opportunities,
    sum(opportunity_value) AS value,
    sum(opportunity_value * probability / 100) AS weighted_value
FROM opportunities
WHERE opportunity_state = 'OPEN'
    AND opportunity_id NOT IN (SELECT id FROM deletions WHERE stream = 'opportunities')
GROUP BY ALL
ORDER BY value DESC;

-- How often did opportunities change their state, and when last?
SELECT
    opportunities.opportunity_id,
    opportunities.opportunity_name,
    opportunities.opportunity_state,
    count(history.date_changed_utc) AS changes,
    max(history.date_changed_utc) AS last_change
FROM opportunities
LEFT JOIN opportunity_state_history AS history ON history.opportunity_id = opportunities.opportunity_id
GROUP BY ALL
ORDER BY changes DESC;

-- Which organisations have most contacts, opportunities and value?
SELECT
    organisations.organisation_id,
    organisations.organisation_name,
    (SELECT count(*) FROM contacts WHERE contacts.organisation_id = organisations.organisation_id) AS contacts,
    count(opportunities.opportunity_id) AS opportunities,
    coalesce(sum(opportunities.opportunity_value), 0) AS value
FROM organisations
LEFT JOIN opportunities ON opportunities.organisation_id = organisations.organisation_id
GROUP BY organisations.organisation_id, organisations.organisation_name
ORDER BY value DESC, contacts DESC;

-- How many leads came in each month, and how many were converted?
SELECT
    date_trunc('month', date_created_utc) AS month,
    count(*) AS leads,
    count(*) FILTER (converted) AS converted,
    round(100.0 * count(*) FILTER (converted) / count(*), 1) AS percent
FROM leads
GROUP BY month
ORDER BY month DESC;

-- Which tags do contacts have: one row for each tag?
SELECT
    tag ->> 'TAG_NAME' AS tag,
    count(DISTINCT contacts.contact_id) AS contacts
FROM contacts, unnest(CAST(contacts.tags AS JSON[])) AS each_tag (tag)
GROUP BY ALL
ORDER BY contacts DESC, tag;
