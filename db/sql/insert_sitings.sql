-- Distinct pairs of a point and a stated area code that no earlier load had.
INSERT INTO siting (place_id, stated_area_code)
SELECT DISTINCT p.place_id, s.stated_area_code
FROM siting_staging AS s
LEFT JOIN place AS p
    ON p.source_x = s.source_x AND p.source_y = s.source_y
    AND p.source_epsg = :source_epsg AND p.is_open_data = :is_open_data
WHERE NOT EXISTS (
    SELECT FROM siting AS g
    WHERE coalesce(g.place_id, 0) = coalesce(p.place_id, 0)
      AND coalesce(g.stated_area_code, '') = coalesce(s.stated_area_code, '')
)
ORDER BY p.place_id, s.stated_area_code
