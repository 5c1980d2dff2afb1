-- The area that covers each fresh place. Areas are walked and points looked up in the index, never the other way round:
-- the planner would unpack a polygon for every point. A point on a border belongs to the lowest code.
INSERT INTO place_area (geography_id, place_id, area_code)
SELECT :geography_id, f.place_id, hit.area_code
FROM fresh_place AS f
LEFT JOIN (
    SELECT inside.place_id, min(a.area_code COLLATE "C") AS area_code
    FROM area AS a
    JOIN load AS l ON l.load_id = a.load_id AND l.state = 'live'
    CROSS JOIN LATERAL (
        SELECT p.place_id FROM fresh_place AS p WHERE ST_Covers(a.geom, p.geom)
    ) AS inside
    WHERE a.geography_id = :geography_id
    GROUP BY inside.place_id
) AS hit USING (place_id)
ORDER BY f.place_id
