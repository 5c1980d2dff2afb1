-- The one target area to which each source area belongs: by its own file, by a look-up, by the centroid of its people,
-- or by most of its ground.
WITH chosen AS (
    SELECT load_id
    FROM load
    WHERE CASE WHEN CAST(:load_ids AS integer[]) IS NULL THEN state = 'live' ELSE load_id = ANY (:load_ids) END
),
source AS MATERIALIZED (
    SELECT a.area_code, a.parent_code, a.geom, a.geography_id, g.parent_id
    FROM area AS a JOIN chosen USING (load_id) JOIN geography AS g USING (geography_id)
    WHERE (g.name, g.vintage) = (:name, :vintage)
),
target AS MATERIALIZED (
    SELECT a.area_code, a.geom, a.geography_id
    FROM area AS a JOIN chosen USING (load_id) JOIN geography AS g USING (geography_id)
    WHERE (g.name, g.vintage) = (:target_name, :target_vintage)
),
by_parent AS MATERIALIZED (
    SELECT s.area_code AS source_code, t.area_code AS target_code
    FROM source AS s
    JOIN target AS t ON t.geography_id = s.parent_id AND t.area_code = s.parent_code
),
by_lookup AS MATERIALIZED (
    SELECT DISTINCT ON (s.area_code) s.area_code AS source_code, t.area_code AS target_code
    FROM source AS s
    JOIN area_link AS k ON k.source_id = s.geography_id AND k.source_code = s.area_code
    JOIN chosen USING (load_id)
    JOIN target AS t ON t.geography_id = k.target_id AND t.area_code = k.target_code
    ORDER BY s.area_code, k.share DESC, k.load_id DESC, t.area_code COLLATE "C"
),
centroid AS MATERIALIZED (
    SELECT DISTINCT ON (p.area_code) p.area_code, p.geom
    FROM area_point AS p
    JOIN chosen USING (load_id)
    JOIN source AS s ON s.geography_id = p.geography_id AND s.area_code = p.area_code
    ORDER BY p.area_code, p.load_id DESC
),
by_centroid AS MATERIALIZED (
    SELECT c.area_code AS source_code, min(t.area_code COLLATE "C") AS target_code
    FROM centroid AS c
    JOIN target AS t ON ST_Covers(t.geom, c.geom)
    GROUP BY c.area_code
),
by_overlap AS (
    SELECT DISTINCT ON (s.area_code) s.area_code AS source_code, t.area_code AS target_code
    FROM source AS s
    JOIN target AS t ON ST_Intersects(t.geom, s.geom)
    WHERE s.area_code NOT IN (
        SELECT source_code FROM by_parent
        UNION ALL SELECT source_code FROM by_lookup
        UNION ALL SELECT source_code FROM by_centroid
    )
    ORDER BY s.area_code, ST_Area(ST_Intersection(t.geom, s.geom)) DESC, t.area_code COLLATE "C"
),
ranked AS (
    SELECT 1 AS choice, 'parent' AS how, * FROM by_parent
    UNION ALL SELECT 2, 'lookup', * FROM by_lookup
    UNION ALL SELECT 3, 'centroid', * FROM by_centroid
    UNION ALL SELECT 4, 'overlap', * FROM by_overlap
)
SELECT DISTINCT ON (source_code COLLATE "C") source_code, target_code, CAST(1 AS double precision) AS share, how
FROM ranked
ORDER BY source_code COLLATE "C", choice
