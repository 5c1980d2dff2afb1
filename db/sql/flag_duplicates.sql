-- Incidents of some loads beside those of other agencies that are of one kind and near in place and time.
INSERT INTO possible_duplicate (
    load_id, incident_id, month, other_load_id, other_id, other_month, distance_m, gap_minutes
)
SELECT m.load_id, m.incident_id, m.month, o.load_id, o.incident_id, o.month, ST_Distance(o.geom, m.geom),
       greatest(
           0,
           extract(epoch FROM lower(o.during) - coalesce(upper(m.during), 'infinity')) / 60,
           extract(epoch FROM lower(m.during) - coalesce(upper(o.during), 'infinity')) / 60
       )
FROM duplicate_candidate AS m
CROSS JOIN LATERAL (
    SELECT *
    FROM duplicate_candidate AS near
    WHERE near.geom && ST_Expand(m.geom, CAST(:near_m AS double precision) + m.moved_m + :moved_m)
      AND near.during && tstzrange(
          lower(m.during) - CAST(:near_minutes AS double precision) * interval '1 minute',
          upper(m.during) + CAST(:near_minutes AS double precision) * interval '1 minute',
          '[]'
      )
      AND near.agency <> m.agency AND near.kind = m.kind
      AND ST_Distance(near.geom, m.geom) <= CAST(:near_m AS double precision) + m.moved_m + near.moved_m
) AS o
WHERE m.load_id = ANY (CAST(:load_ids AS integer[]))
  -- of two loads that are both new, a pair is kept once
  AND NOT (o.load_id = ANY (CAST(:load_ids AS integer[])) AND o.incident_id > m.incident_id)
ORDER BY m.incident_id, o.incident_id
