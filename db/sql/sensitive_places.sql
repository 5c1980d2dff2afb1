-- Sensitive places without their names.
SELECT category, ST_X(geom), ST_Y(geom), radius_m
FROM sensitive_place
WHERE load_id = ANY (:load_ids)
ORDER BY category COLLATE "C", ST_X(geom), ST_Y(geom), load_id, row_number
