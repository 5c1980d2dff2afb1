-- The areas of a geography, through some loads or through those that are live.
SELECT a.area_code, a.area_name, a.parent_code, ST_AsBinary(a.geom)
FROM area AS a
JOIN geography AS g USING (geography_id)
JOIN load AS l USING (load_id)
WHERE (g.name, g.vintage) = (:name, :vintage)
  AND CASE WHEN CAST(:load_ids AS integer[]) IS NULL THEN l.state = 'live' ELSE l.load_id = ANY (:load_ids) END
ORDER BY a.area_code COLLATE "C"
