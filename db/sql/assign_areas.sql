-- The small area of each stated siting that has none yet: by its code where the vintage matches, else through a
-- look-up, else by its point. A code that a look-up knows as an area of the same vintage elsewhere is another force's.
-- A point without a code has the area of its place, and needs no row here.
WITH live AS (
    SELECT load_id FROM load WHERE state = 'live'
),
own AS (
    SELECT a.area_code, a.geom FROM area AS a JOIN live USING (load_id) WHERE a.geography_id = :geography_id
),
fresh AS MATERIALIZED (
    SELECT s.siting_id, s.place_id, s.stated_area_code AS code
    FROM stated_siting AS s
    WHERE NOT EXISTS (
        SELECT FROM stated_siting_area AS known
        WHERE known.geography_id = :geography_id AND known.siting_id = s.siting_id
    )
),
code AS MATERIALIZED (
    SELECT DISTINCT code FROM fresh WHERE code IS NOT NULL
),
target AS MATERIALIZED (  -- where look-ups send a code that is not one of ours
    SELECT DISTINCT c.code, k.target_code, own.area_code IS NOT NULL AS is_own
    FROM code AS c
    JOIN area_link AS k ON k.source_code = c.code AND k.target_id = :geography_id AND k.share > 0
    JOIN live USING (load_id)
    LEFT JOIN own ON own.area_code = k.target_code
    WHERE c.code NOT IN (SELECT area_code FROM own)
),
elsewhere AS MATERIALIZED (  -- codes of this geography and vintage that are not ours
    SELECT k.target_code AS code FROM area_link AS k JOIN live USING (load_id) WHERE k.target_id = :geography_id
    UNION
    SELECT k.source_code FROM area_link AS k JOIN live USING (load_id) WHERE k.source_id = :geography_id
    UNION
    SELECT p.area_code FROM area_point AS p JOIN live USING (load_id) WHERE p.geography_id = :geography_id
    EXCEPT
    SELECT area_code FROM own
),
verdict AS MATERIALIZED (
    SELECT c.code,
           CASE
               WHEN c.code IN (SELECT area_code FROM own) THEN 'stated'
               WHEN t.n_targets = 1 AND t.n_own = 1 THEN 'lookup'
               WHEN t.n_own > 0 THEN 'split'
               WHEN t.n_targets > 0 OR c.code IN (SELECT code FROM elsewhere) THEN 'outside'
               ELSE 'unknown'
           END AS how,
           CASE WHEN c.code IN (SELECT area_code FROM own) THEN c.code ELSE t.only_code END AS area_code
    FROM code AS c
    LEFT JOIN (
        SELECT code, count(*) AS n_targets, count(*) FILTER (WHERE is_own) AS n_own,
               min(target_code COLLATE "C") FILTER (WHERE is_own) AS only_code
        FROM target
        GROUP BY code
    ) AS t USING (code)
),
part AS (  -- of the parts into which an old area was split, the one that holds the point or is nearest
    SELECT DISTINCT ON (f.siting_id) f.siting_id, t.target_code AS area_code
    FROM fresh AS f
    JOIN verdict AS v ON v.code = f.code AND v.how = 'split'
    JOIN target AS t ON t.code = f.code
    JOIN own ON own.area_code = t.target_code
    JOIN place AS p ON p.place_id = f.place_id
    ORDER BY f.siting_id, ST_Distance(own.geom, p.geom), t.target_code COLLATE "C"
),
found AS (
    SELECT f.siting_id,
           CASE
               WHEN v.how IN ('stated', 'lookup') THEN v.area_code
               WHEN v.how = 'split' THEN part.area_code
               WHEN v.how = 'outside' THEN NULL
               ELSE covering.area_code
           END AS area_code,
           CASE WHEN v.how IN ('stated', 'lookup', 'outside') THEN v.how ELSE 'point' END AS how,
           f.place_id
    FROM fresh AS f
    LEFT JOIN verdict AS v ON v.code = f.code
    LEFT JOIN part ON part.siting_id = f.siting_id
    LEFT JOIN place_area AS covering ON covering.geography_id = :geography_id AND covering.place_id = f.place_id
)
INSERT INTO stated_siting_area (geography_id, siting_id, area_code, area_how)
SELECT :geography_id, siting_id, area_code,
       CASE
           WHEN area_code IS NOT NULL OR how = 'outside' THEN how
           WHEN place_id IS NOT NULL THEN 'outside'
           ELSE 'none'
       END
FROM found
ORDER BY siting_id
