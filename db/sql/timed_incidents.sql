-- Incidents that count and may score, with a time better than the month, on the wall clock of the force.
SELECT i.incident_id, p.place_id, ST_X(p.geom), ST_Y(p.geom), i.kind_id,
       i.is_officer_generated OR k.is_officer_generated, patrol.area_code,
       lower(i.during) AT TIME ZONE :time_zone, upper(i.during) AT TIME ZONE :time_zone,
       small.area_code
FROM incident AS i
JOIN siting AS s USING (siting_id)
JOIN place AS p USING (place_id)
JOIN incident_kind AS k USING (kind_id)
LEFT JOIN place_area AS patrol
    ON patrol.geography_id = CAST(:patrol_id AS integer) AND patrol.place_id = p.place_id
LEFT JOIN place_area AS small ON small.geography_id = :small_id AND small.place_id = p.place_id
WHERE i.load_id = ANY (:load_ids) AND i.month BETWEEN :first AND :last AND i.time_precision <> 'month'
  AND i.not_counted_because IS NULL AND i.not_scored_because IS NULL
ORDER BY i.incident_id
