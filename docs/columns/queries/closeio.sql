-- What are the open opportunities worth, by status?
SELECT
    opportunities.pipeline_name AS pipeline,
    opportunities.status_label AS status,
    count(*) AS opportunities,
    sum(opportunities.value) / 100 AS value,
    sum(opportunities.expected_value) / 100 AS expected_value
FROM opportunities
WHERE opportunities.status_type = 'active'
    AND opportunities.id NOT IN (SELECT object_id FROM deletions WHERE object_type = 'opportunity')
GROUP BY ALL
ORDER BY value DESC;

-- How many calls did each user make in each week, and how long did they take?
SELECT
    date_trunc('week', coalesce(activity_at, date_created)) AS week,
    user_id,
    max(user_name) AS name,
    count(*) FILTER (direction = 'outbound') AS outbound,
    count(*) FILTER (direction = 'inbound') AS inbound,
    sum(duration) / 60 AS minutes
FROM call_activities
GROUP BY ALL
ORDER BY week DESC, minutes DESC;

-- Which leads has nobody called, written to or met for 30 days?
WITH touched AS (
    SELECT lead_id, date_created AS at FROM call_activities
    UNION ALL SELECT lead_id, coalesce(date_sent, date_created) FROM email_activities
    UNION ALL SELECT lead_id, starts_at FROM meeting_activities WHERE starts_at < now()
)
SELECT leads.id, leads.display_name, leads.status_label, max(touched.at) AS last_touched
FROM leads
LEFT JOIN touched ON touched.lead_id = leads.id
WHERE leads.id NOT IN (SELECT object_id FROM deletions WHERE object_type = 'lead')
GROUP BY ALL
HAVING last_touched IS NULL OR last_touched < now() - INTERVAL 30 DAY
ORDER BY last_touched NULLS FIRST;

-- Which tasks are not done, for which lead, and what is open there?
WITH open_value AS (
    SELECT lead_id, sum(value) / 100 AS value FROM opportunities WHERE status_type = 'active' GROUP BY lead_id
)
SELECT
    tasks.assigned_to_name AS assigned_to,
    leads.display_name AS lead,
    min(tasks.date) AS first_due,
    count(*) AS tasks,
    any_value(open_value.value) AS open_value
FROM tasks
JOIN leads ON leads.id = tasks.lead_id
LEFT JOIN open_value ON open_value.lead_id = leads.id
WHERE NOT tasks.is_complete
GROUP BY tasks.assigned_to_name, leads.id, leads.display_name
ORDER BY first_due;

-- How can each contact be reached: one row for each e-mail address?
SELECT
    leads.display_name AS lead,
    contacts.name AS contact,
    address ->> 'type' AS type,
    address ->> 'email' AS email
FROM contacts
JOIN leads ON leads.id = contacts.lead_id,
    unnest(CAST(contacts.emails AS JSON[])) AS each_address (address)
ORDER BY lead, contact, email;
