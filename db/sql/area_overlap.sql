-- Ground and residents of each source area (target empty), and of its overlap with each target area. The residents of
-- a small area are taken to live evenly over its ground.
WITH chosen AS (
    SELECT load_id
    FROM load
    WHERE CASE WHEN CAST(:load_ids AS integer[]) IS NULL THEN state = 'live' ELSE load_id = ANY (:load_ids) END
),
source AS MATERIALIZED (
    SELECT a.area_code, a.area_name, a.geom
    FROM area AS a JOIN chosen USING (load_id) JOIN geography AS g USING (geography_id)
    WHERE (g.name, g.vintage) = (:name, :vintage)
),
target AS MATERIALIZED (
    SELECT a.area_code, a.area_name, a.geom
    FROM area AS a JOIN chosen USING (load_id) JOIN geography AS g USING (geography_id)
    WHERE (g.name, g.vintage) = (:target_name, :target_vintage)
),
counted AS MATERIALIZED (
    SELECT DISTINCT ON (v.area_code) v.area_code, v.numerator AS residents
    FROM people_variable AS p
    JOIN chosen USING (load_id)
    JOIN geography AS g USING (geography_id)
    JOIN people_value AS v USING (variable_id)
    WHERE p.name = 'residents' AND (g.name, g.vintage) = (:small_name, :small_vintage)
    ORDER BY v.area_code, p.load_id DESC
),
small AS MATERIALIZED (
    SELECT a.geom, ST_Area(a.geom) AS ground_m2, c.residents
    FROM area AS a JOIN chosen USING (load_id) JOIN geography AS g USING (geography_id) JOIN counted AS c USING (area_code)
    WHERE (g.name, g.vintage) = (:small_name, :small_vintage) AND c.residents IS NOT NULL
),
piece AS MATERIALIZED (
    SELECT area_code AS source_code, area_name AS source_name, CAST(NULL AS text) AS target_code,
           CAST(NULL AS text) AS target_name, geom
    FROM source
    UNION ALL
    SELECT s.area_code, s.area_name, t.area_code, t.area_name,
           ST_CollectionExtract(ST_Intersection(s.geom, t.geom), 3)
    FROM source AS s
    JOIN target AS t ON ST_Intersects(s.geom, t.geom)
)
SELECT source_code, source_name, target_code, target_name, ST_Area(piece.geom) / 1e6,
       (
           SELECT sum(m.residents * ST_Area(ST_Intersection(m.geom, piece.geom)) / m.ground_m2)
           FROM small AS m
           WHERE ST_Intersects(m.geom, piece.geom)
       )
FROM piece
WHERE ST_Area(piece.geom) > 0
ORDER BY source_code COLLATE "C", target_code COLLATE "C"
