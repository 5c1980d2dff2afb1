-- How many rows of a load count as events and may score, and why the others do not: what the row says of itself goes
-- before what police activity made, which the row or its category says.
SELECT not_counted_because,
       CASE
           WHEN not_counted_because IS NOT NULL THEN NULL
           WHEN not_scored_because IS NOT NULL THEN not_scored_because
           WHEN i.is_officer_generated OR k.is_officer_generated THEN 'police_activity'
       END AS not_scored_because,
       count(*) AS n
FROM incident AS i
JOIN incident_kind AS k USING (kind_id)
WHERE i.load_id = :load_id AND month = ANY (CAST(:months AS date[]))
GROUP BY 1, 2
ORDER BY 1 NULLS FIRST, 2 NULLS FIRST
