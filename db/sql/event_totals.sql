-- How many rows of a load count as events and may score, and why the others do not.
SELECT not_counted_because, not_scored_because, count(*) AS n
FROM incident
WHERE load_id = :load_id AND month = ANY (CAST(:months AS date[]))
GROUP BY 1, 2
ORDER BY 1 NULLS FIRST, 2 NULLS FIRST
