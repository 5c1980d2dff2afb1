-- The outline of the live areas of a geography.
INSERT INTO geography_outline (geography_id, fingerprint, area_km2, geom)
SELECT :geography_id, :fingerprint, ST_Area(geom) / 1e6, geom
FROM (
    SELECT ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Union(a.geom ORDER BY a.area_code COLLATE "C")), 3)) AS geom
    FROM area AS a
    JOIN load AS l USING (load_id)
    WHERE l.state = 'live' AND a.geography_id = :geography_id
) AS dissolved
