-- The siting of every staged one: known, or made now. A point without a stated code is its place, by the same number;
-- a code, with a point or without, is a stated siting, and one stands for rows that have neither: their numbers are
-- negative. A new place is named as most of its rows in one batch name it (monthly files are one batch); a row keeps its
-- own words only where they differ. One load at a time makes numbers.
WITH looked AS MATERIALIZED (  -- a point that is absent is NaN, which no place equals
    SELECT s.siting_number, p.place_id, CASE WHEN s.location IS DISTINCT FROM p.location THEN s.location END AS location,
           CASE WHEN s.stated_area_code IS NULL THEN coalesce(p.place_id, g.siting_id) ELSE g.siting_id END AS siting_id
    FROM siting_staging AS s
    LEFT JOIN place AS p
        ON p.source_x = s.source_x AND p.source_y = s.source_y
        AND p.source_epsg = :source_epsg AND p.is_open_data = :is_open_data
    LEFT JOIN stated_siting AS g
        ON coalesce(g.place_id, 0) = CASE WHEN s.source_x = 'NaN' OR s.source_y = 'NaN' THEN 0 ELSE p.place_id END
        AND coalesce(g.stated_area_code, '') = coalesce(s.stated_area_code, '')
),
fresh AS MATERIALIZED (
    SELECT s.siting_number, s.n, s.source_x, s.source_y, s.map_x, s.map_y, s.stated_area_code AS code, s.location,
           s.source_x = 'NaN' OR s.source_y = 'NaN' AS is_placeless, l.place_id, l.location AS own_location
    FROM looked AS l
    JOIN siting_staging AS s USING (siting_number)
    WHERE l.siting_id IS NULL
),
made_place AS MATERIALIZED (
    SELECT CAST((SELECT coalesce(max(place_id), 0) FROM place) + row_number() OVER () AS integer) AS place_id, named.*
    FROM (
        SELECT DISTINCT ON (source_x, source_y) source_x, source_y, map_x, map_y, location
        FROM fresh
        WHERE place_id IS NULL AND NOT is_placeless
        ORDER BY source_x, source_y, location IS NULL, n DESC, location COLLATE "C"
    ) AS named
),
stored_place AS (
    INSERT INTO place (place_id, source_epsg, source_x, source_y, is_open_data, location, geom)
    SELECT place_id, :source_epsg, source_x, source_y, :is_open_data, location,
           ST_SetSRID(ST_MakePoint(map_x, map_y), :analysis_epsg)
    FROM made_place
),
placed AS MATERIALIZED (
    SELECT f.siting_number, f.code, coalesce(f.place_id, m.place_id) AS place_id,
           CASE
               WHEN m.place_id IS NULL THEN f.own_location
               WHEN f.location IS DISTINCT FROM m.location THEN f.location
           END AS location
    FROM fresh AS f
    LEFT JOIN made_place AS m USING (source_x, source_y)
),
made_siting AS MATERIALIZED (
    SELECT CAST((SELECT coalesce(min(siting_id), 0) FROM stated_siting) - row_number() OVER () AS integer) AS siting_id,
           distinct_ones.*
    FROM (
        SELECT DISTINCT place_id, code COLLATE "C" AS code
        FROM placed
        WHERE code IS NOT NULL OR place_id IS NULL
        ORDER BY 1, 2
    ) AS distinct_ones
),
stored_siting AS (
    INSERT INTO stated_siting (siting_id, place_id, stated_area_code) SELECT siting_id, place_id, code FROM made_siting
)
INSERT INTO siting_found (siting_number, siting_id, location)
SELECT siting_number, siting_id, location FROM looked WHERE siting_id IS NOT NULL
UNION ALL
SELECT siting_number, place_id, location FROM placed WHERE code IS NULL AND place_id IS NOT NULL
UNION ALL
SELECT p.siting_number, m.siting_id, p.location
FROM placed AS p
JOIN made_siting AS m
    ON coalesce(m.place_id, 0) = coalesce(p.place_id, 0) AND coalesce(m.code, '') = coalesce(p.code, '')
WHERE p.code IS NOT NULL OR p.place_id IS NULL
