-- The number of every staged siting; a row keeps its own words for the place only where they differ.
INSERT INTO siting_found (siting_number, siting_id, location)
SELECT s.siting_number, g.siting_id, CASE WHEN s.location IS DISTINCT FROM p.location THEN s.location END
FROM siting_staging AS s
LEFT JOIN place AS p
    ON p.source_x = s.source_x AND p.source_y = s.source_y
    AND p.source_epsg = :source_epsg AND p.is_open_data = :is_open_data
JOIN siting AS g
    ON coalesce(g.place_id, 0) = coalesce(p.place_id, 0)
    AND coalesce(g.stated_area_code, '') = coalesce(s.stated_area_code, '')
