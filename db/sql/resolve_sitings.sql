-- The siting of every staged one: known, or made now; a row keeps its own words for the place only where they differ.
WITH placed AS MATERIALIZED (
    SELECT s.siting_number, p.place_id, s.stated_area_code AS code, p.is_new,
           CASE WHEN s.location IS DISTINCT FROM p.location THEN s.location END AS location
    FROM siting_staging AS s
    LEFT JOIN place_found AS p ON p.source_x = s.source_x AND p.source_y = s.source_y
),
known AS MATERIALIZED (  -- a new place has no siting yet
    SELECT f.siting_number, g.siting_id, f.place_id, f.code, f.location
    FROM (SELECT * FROM placed WHERE is_new IS NOT TRUE) AS f
    LEFT JOIN siting AS g
        ON coalesce(g.place_id, 0) = coalesce(f.place_id, 0)
        AND coalesce(g.stated_area_code, '') = coalesce(f.code, '')
),
fresh AS MATERIALIZED (
    SELECT siting_number, place_id, code, location FROM placed WHERE is_new
    UNION ALL
    SELECT siting_number, place_id, code, location FROM known WHERE siting_id IS NULL
),
made AS (
    INSERT INTO siting (place_id, stated_area_code)
    SELECT DISTINCT place_id, code FROM fresh ORDER BY place_id, code
    RETURNING siting_id, place_id, stated_area_code
)
INSERT INTO siting_found (siting_number, siting_id, location)
SELECT siting_number, siting_id, location FROM known WHERE siting_id IS NOT NULL
UNION ALL
SELECT f.siting_number, m.siting_id, f.location
FROM fresh AS f
JOIN made AS m
    ON coalesce(m.place_id, 0) = coalesce(f.place_id, 0)
    AND coalesce(m.stated_area_code, '') = coalesce(f.code, '')
