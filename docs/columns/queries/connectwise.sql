-- How many tickets are open, by board, status and priority, and how old are they?
SELECT
    board ->> 'name' AS board,
    status ->> 'name' AS status,
    priority ->> 'name' AS priority,
    count(*) AS tickets,
    round(avg(date_diff('hour', dateentered, now()::TIMESTAMP)) / 24, 1) AS average_age_in_days
FROM tickets
WHERE NOT closedflag
    AND id NOT IN (SELECT id FROM deletions WHERE stream = 'tickets')
GROUP BY ALL
ORDER BY tickets DESC;

-- How many hours did each member work for each company in each month, and how many were billed?
SELECT
    date_trunc('month', timestart) AS month,
    member ->> 'name' AS member,
    company ->> 'name' AS company,
    sum(actualhours) AS hours,
    sum(hoursbilled) AS hours_billed
FROM time_entries
GROUP BY ALL
ORDER BY month DESC, hours DESC;

-- What does an agreement take: hours by agreement, and tickets they were spent on?
SELECT
    CAST(time_entries.agreement ->> 'id' AS BIGINT) AS agreement_id,
    max(time_entries.agreement ->> 'name') AS agreement,
    count(DISTINCT tickets.id) AS tickets,
    sum(time_entries.actualhours) AS hours,
    sum(time_entries.agreementhours) AS hours_of_the_agreement
FROM time_entries
LEFT JOIN tickets ON tickets.id = CAST(time_entries.ticket ->> 'id' AS BIGINT)
WHERE time_entries.agreement ->> 'id' IS NOT NULL
GROUP BY agreement_id
ORDER BY hours DESC;

-- Which tickets has nobody written to for a week?
SELECT
    tickets.id,
    tickets.summary,
    companies.name AS company,
    max(ticket_notes.datecreated) AS last_note
FROM tickets
LEFT JOIN ticket_notes ON ticket_notes.ticketid = tickets.id
LEFT JOIN companies ON companies.id = CAST(tickets.company ->> 'id' AS BIGINT)
WHERE NOT tickets.closedflag
GROUP BY ALL
HAVING last_note IS NULL OR last_note < now()::TIMESTAMP - INTERVAL 7 DAY
ORDER BY last_note NULLS FIRST;

-- What has each company: contacts, configurations, open tickets and opportunities?
SELECT
    companies.id,
    companies.name,
    (SELECT count(*) FROM contacts WHERE CAST(contacts.company ->> 'id' AS BIGINT) = companies.id) AS contacts,
    (SELECT count(*) FROM configurations WHERE CAST(configurations.company ->> 'id' AS BIGINT) = companies.id)
        AS configurations,
    (SELECT count(*) FROM tickets WHERE CAST(tickets.company ->> 'id' AS BIGINT) = companies.id AND NOT closedflag)
        AS open_tickets,
    (SELECT count(*) FROM opportunities WHERE CAST(opportunities.company ->> 'id' AS BIGINT) = companies.id)
        AS opportunities
FROM companies
ORDER BY open_tickets DESC, companies.name;
