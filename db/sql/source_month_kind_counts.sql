-- Counted incidents of each source, month and kind; a month that a file covers and that has none of a kind counts zero.
WITH wanted AS (
    SELECT load_id, source, months
    FROM load
    WHERE kind = 'incidents' AND load_id = ANY (CAST(:load_ids AS integer[]))
      AND (cardinality(CAST(:sources AS text[])) = 0 OR source = ANY (CAST(:sources AS text[])))
),
covered AS (
    SELECT DISTINCT source, unnest(months) AS month FROM wanted
),
counted AS (
    SELECT w.source, k.kind, i.month, count(*) AS n
    FROM incident AS i
    JOIN wanted AS w USING (load_id)
    JOIN incident_kind AS k USING (kind_id)
    WHERE i.not_counted_because IS NULL
    GROUP BY 1, 2, 3
)
SELECT c.source, k.kind, c.month, CAST(coalesce(n.n, 0) AS bigint) AS n
FROM covered AS c
JOIN (SELECT DISTINCT source, kind FROM counted) AS k USING (source)
LEFT JOIN counted AS n USING (source, kind, month)
ORDER BY c.source COLLATE "C", k.kind, c.month
