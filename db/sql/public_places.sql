-- Places that people go to: of the file of places without their names (schools, stations, shops and so on), and green spaces of half a hectare or more.
SELECT category AS kind, ST_X(geom) AS x, ST_Y(geom) AS y, '' AS name
FROM sensitive_place
WHERE load_id = ANY (:load_ids) AND category = ANY (:kinds)
UNION ALL
SELECT 'greenspace', ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom)), coalesce(feature_name, '')
FROM context_layer
WHERE load_id = ANY (:load_ids) AND kind = 'greenspace' AND ST_Area(geom) >= 5000
ORDER BY 1, 2, 3, 4
