-- The area that covers each fresh place. Areas are walked and points looked up in the index, never the other way round:
-- the planner would unpack a polygon for every point. A point on a border belongs to the lowest code.
INSERT INTO place_area (geography_id, place_id, area_code)
SELECT DISTINCT ON (place_id) :geography_id, place_id, area_code
FROM (
    SELECT inside.place_id, a.area_code
    FROM area AS a
    JOIN load AS l ON l.load_id = a.load_id AND l.state = 'live'
    CROSS JOIN LATERAL (
        SELECT p.place_id FROM fresh_place AS p WHERE ST_Covers(a.geom, p.geom)
    ) AS inside
    WHERE a.geography_id = :geography_id
    UNION ALL
    SELECT place_id, NULL FROM fresh_place
) AS found
ORDER BY place_id, area_code COLLATE "C" NULLS LAST
