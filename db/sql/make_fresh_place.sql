-- Places not yet joined to a geography.
DROP TABLE IF EXISTS fresh_place;
CREATE TEMPORARY TABLE fresh_place ON COMMIT DROP AS SELECT place_id, geom FROM place WITH NO DATA
