-- Distinct places of incidents of some loads, with the areas that cover them.
SELECT p.place_id, ST_X(p.geom), ST_Y(p.geom), p.location, small.area_code IS NOT NULL, small.area_code,
       patrol.area_code
FROM (
    SELECT DISTINCT s.place_id
    FROM (SELECT DISTINCT siting_id FROM incident WHERE load_id = ANY (:load_ids)) AS i
    JOIN siting AS s USING (siting_id)
    WHERE s.place_id IS NOT NULL
) AS used
JOIN place AS p USING (place_id)
LEFT JOIN place_area AS small ON small.geography_id = :small_id AND small.place_id = p.place_id
LEFT JOIN place_area AS patrol ON patrol.geography_id = :patrol_id AND patrol.place_id = p.place_id
ORDER BY p.place_id
