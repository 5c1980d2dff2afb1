-- The place of every distinct point of a file: known, or made now, near ones together. A new place is named as most of
-- its rows in one batch name it (monthly files are one batch).
WITH named AS MATERIALIZED (
    SELECT DISTINCT ON (source_x, source_y) source_x, source_y, map_x, map_y, location
    FROM siting_staging
    WHERE source_x <> 'NaN' AND source_y <> 'NaN'
    ORDER BY source_x, source_y, location IS NULL, n DESC, location COLLATE "C"
),
known AS MATERIALIZED (
    SELECT s.*, p.place_id, p.location AS known_location
    FROM named AS s
    LEFT JOIN place AS p
        ON p.source_x = s.source_x AND p.source_y = s.source_y
        AND p.source_epsg = :source_epsg AND p.is_open_data = :is_open_data
),
made AS (
    INSERT INTO place (source_epsg, source_x, source_y, is_open_data, location, geom)
    SELECT :source_epsg, source_x, source_y, :is_open_data, location,
           ST_SetSRID(ST_MakePoint(map_x, map_y), :analysis_epsg)
    FROM known
    WHERE place_id IS NULL
    RETURNING source_x, source_y, place_id, location
)
INSERT INTO place_found (source_x, source_y, place_id, location, is_new)
SELECT source_x, source_y, place_id, location, true FROM made
UNION ALL
SELECT source_x, source_y, place_id, known_location, false FROM known WHERE place_id IS NOT NULL
