-- The incidents of some loads and, in their months and the ones beside them, those of every other live load.
INSERT INTO duplicate_candidate (load_id, incident_id, month, kind, agency, moved_m, during, geom)
WITH live AS (
    SELECT load_id, months FROM load WHERE kind = 'incidents' AND state = 'live'
),
wanted AS (
    SELECT DISTINCT CAST(month + beside * interval '1 month' AS date) AS month
    FROM live
    CROSS JOIN LATERAL unnest(months) AS month
    CROSS JOIN generate_series(-1, 1) AS beside
    WHERE load_id = ANY (CAST(:load_ids AS integer[]))
)
SELECT i.load_id, i.incident_id, i.month, k.kind, coalesce(i.source_agency, 'police'),
       CASE WHEN i.place_precision = 'snapped' THEN CAST(:moved_m AS double precision) ELSE 0 END,
       i.during, p.geom
FROM incident AS i
JOIN live USING (load_id)
JOIN incident_kind AS k USING (kind_id)
JOIN siting AS s USING (siting_id)
JOIN place AS p USING (place_id)
WHERE i.month IN (SELECT month FROM wanted)
  AND i.time_precision <> 'month' AND i.not_counted_because IS NULL
