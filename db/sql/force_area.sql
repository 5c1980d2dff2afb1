-- The outline of the small areas in which incidents are counted, else the latest geography called force.
SELECT 'force', coalesce((
           SELECT min(a.area_name COLLATE "C")
           FROM area AS a JOIN load AS l USING (load_id) JOIN geography AS g USING (geography_id)
           WHERE l.state = 'live' AND g.name = 'force'
       ), 'the force'), NULL, ST_AsBinary(geom)
FROM (
    SELECT 0 AS choice, o.geom
    FROM geography_outline AS o
    JOIN assignment AS s USING (geography_id)
    WHERE s.is_small_area
    UNION ALL
    SELECT 1, ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Union(a.geom ORDER BY a.area_code COLLATE "C")), 3))
    FROM area AS a JOIN load AS l USING (load_id) JOIN geography AS g USING (geography_id)
    WHERE l.state = 'live'
      AND g.name = 'force'
      AND g.vintage = (
          SELECT max(latest.vintage)
          FROM geography AS latest JOIN area AS b USING (geography_id) JOIN load AS brought
              ON brought.load_id = b.load_id AND brought.state = 'live'
          WHERE latest.name = 'force'
      )
    HAVING count(*) > 0
) AS outline
ORDER BY choice
LIMIT 1
