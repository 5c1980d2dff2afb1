-- Distinct points that no earlier load had, near ones together; each is named as most of its rows name it.
INSERT INTO place (source_epsg, source_x, source_y, is_open_data, location, geom)
SELECT :source_epsg, s.source_x, s.source_y, :is_open_data, s.location,
       ST_SetSRID(ST_MakePoint(s.map_x, s.map_y), :analysis_epsg)
FROM (
    SELECT DISTINCT ON (source_x, source_y) source_x, source_y, map_x, map_y, location
    FROM (
        SELECT source_x, source_y, map_x, map_y, location, sum(n) AS n
        FROM siting_staging
        WHERE source_x <> 'NaN' AND source_y <> 'NaN'
        GROUP BY source_x, source_y, map_x, map_y, location
    ) AS named
    ORDER BY source_x, source_y, location IS NULL, n DESC, location COLLATE "C"
) AS s
WHERE NOT EXISTS (
    SELECT FROM place AS p
    WHERE p.source_x = s.source_x AND p.source_y = s.source_y
      AND p.source_epsg = :source_epsg AND p.is_open_data = :is_open_data
)
ORDER BY s.source_x, s.source_y
