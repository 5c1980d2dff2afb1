-- Incidents that count and may score, of loads that tell whether the caller had called before, and how many of them say
-- so; a row that is silent in such a load says no. Only mapped files can tell.
WITH telling AS (
    SELECT DISTINCT i.load_id
    FROM incident AS i
    JOIN load AS l USING (load_id)
    WHERE i.load_id = ANY (:load_ids) AND l.mapping_sha256 IS NOT NULL
      AND jsonb_exists(i.details, 'is_repeat_caller')
)
SELECT s.place_id, CAST(extract(year FROM i.month) * 12 + extract(month FROM i.month) - 1 AS integer), i.kind_id,
       i.is_officer_generated OR k.is_officer_generated, count(*),
       count(*) FILTER (WHERE i.details @> '{"is_repeat_caller"\: true}')
FROM incident AS i
JOIN telling AS t USING (load_id)
JOIN siting AS s USING (siting_id)
JOIN incident_kind AS k USING (kind_id)
WHERE i.month BETWEEN :first AND :last AND s.place_id IS NOT NULL
  AND i.not_counted_because IS NULL AND i.not_scored_because IS NULL
GROUP BY 1, 2, 3, 4
ORDER BY 1, 2, 3, 4
