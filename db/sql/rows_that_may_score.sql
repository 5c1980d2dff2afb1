-- For each source of incidents, how many rows count and may score: neither the row nor its category bars them.
SELECT l.source,
       count(*) FILTER (
           WHERE i.not_counted_because IS NULL AND i.not_scored_because IS NULL
             AND NOT i.is_officer_generated AND NOT k.is_officer_generated
       ) AS n
FROM incident AS i
JOIN incident_kind AS k USING (kind_id)
JOIN load AS l USING (load_id)
WHERE l.load_id = ANY (:load_ids)
GROUP BY l.source
ORDER BY l.source
