-- Dissolve the live areas of a geography into their parents.
INSERT INTO area (geography_id, load_id, area_code, area_name, geom)
SELECT :parent_id, :load_id, a.parent_code, coalesce(min(a.parent_name COLLATE "C"), a.parent_code),
       ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Union(a.geom ORDER BY a.area_code COLLATE "C")), 3))
FROM area AS a
JOIN load AS l USING (load_id)
WHERE l.state = 'live' AND a.geography_id = :child_id AND a.parent_code IS NOT NULL
GROUP BY a.parent_code
ORDER BY a.parent_code COLLATE "C"
