-- Places that were named before the zones were shown, of some loads, in the analysis CRS.
SELECT ST_X(geom), ST_Y(geom), nominated_on
FROM nomination
WHERE load_id = ANY (:load_ids)
ORDER BY nominated_on, load_id, row_number
