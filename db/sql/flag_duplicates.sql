-- Incidents of some loads beside those of other agencies that are of one kind and near in place and time.
WITH live AS (
    SELECT load_id, months FROM load WHERE kind = 'incidents' AND state = 'live'
),
mine AS MATERIALIZED (
    SELECT i.month, i.incident_id, i.load_id, i.during, k.kind, p.geom,
           coalesce(i.source_agency, 'police') AS agency,
           CASE WHEN i.place_precision = 'snapped' THEN CAST(:moved_m AS double precision) ELSE 0 END AS moved_m
    FROM incident AS i
    JOIN live USING (load_id)
    JOIN incident_kind AS k USING (kind_id)
    JOIN siting AS s USING (siting_id)
    JOIN place AS p USING (place_id)
    WHERE i.load_id = ANY (CAST(:load_ids AS integer[])) AND i.month = ANY (live.months)
      AND i.time_precision <> 'month' AND i.not_counted_because IS NULL
),
near AS MATERIALIZED (
    SELECT m.*, s.siting_id, ST_Distance(q.geom, m.geom) AS distance_m
    FROM mine AS m
    JOIN place AS q ON ST_DWithin(q.geom, m.geom, CAST(:near_m AS double precision) + m.moved_m + :moved_m)
    JOIN siting AS s ON s.place_id = q.place_id
),
pair AS (
    SELECT n.load_id, n.incident_id, n.month, o.load_id AS other_load_id, o.incident_id AS other_id,
           o.month AS other_month, n.distance_m,
           greatest(
               0,
               extract(epoch FROM lower(o.during) - coalesce(upper(n.during), 'infinity')) / 60,
               extract(epoch FROM lower(n.during) - coalesce(upper(o.during), 'infinity')) / 60
           ) AS gap_minutes
    FROM near AS n
    JOIN incident AS o ON o.siting_id = n.siting_id
        AND o.month BETWEEN n.month - interval '1 month' AND n.month + interval '1 month'
    JOIN live AS l ON l.load_id = o.load_id
    JOIN incident_kind AS k ON k.kind_id = o.kind_id AND k.kind = n.kind
    WHERE coalesce(o.source_agency, 'police') <> n.agency
      AND o.time_precision <> 'month' AND o.not_counted_because IS NULL
      AND n.distance_m <= CAST(:near_m AS double precision) + n.moved_m
          + CASE WHEN o.place_precision = 'snapped' THEN CAST(:moved_m AS double precision) ELSE 0 END
)
INSERT INTO possible_duplicate (
    load_id, incident_id, month, other_load_id, other_id, other_month, distance_m, gap_minutes
)
SELECT load_id, incident_id, month, other_load_id, other_id, other_month, distance_m, gap_minutes
FROM pair
WHERE gap_minutes <= :near_minutes
  -- of two loads that are both new, a pair is kept once
  AND NOT (other_load_id = ANY (CAST(:load_ids AS integer[])) AND other_id > incident_id)
ORDER BY incident_id, other_id
