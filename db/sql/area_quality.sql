-- How well the counted incidents of each small area are placed.
WITH sited AS MATERIALIZED (
    SELECT i.siting_id, count(*) AS n
    FROM incident AS i
    WHERE i.load_id = ANY (:load_ids) AND i.not_counted_because IS NULL
    GROUP BY 1
),
placed AS MATERIALIZED (
    SELECT a.area_code, s.place_id, a.area_how IN ('stated', 'lookup') AS is_stated,
           covering.area_code IS DISTINCT FROM a.area_code AS is_elsewhere, sum(i.n) AS n
    FROM sited AS i
    JOIN siting AS s USING (siting_id)
    JOIN siting_area AS a ON a.geography_id = :geography_id AND a.siting_id = i.siting_id
    LEFT JOIN place_area AS covering ON covering.geography_id = :geography_id AND covering.place_id = s.place_id
    WHERE a.area_code IS NOT NULL
    GROUP BY 1, 2, 3, 4
),
busiest AS (
    SELECT area_code, max(n) AS n
    FROM (SELECT area_code, place_id, sum(n) AS n FROM placed WHERE place_id IS NOT NULL GROUP BY 1, 2) AS point
    GROUP BY 1
)
SELECT p.area_code, CAST(sum(p.n) AS bigint),
       CAST(coalesce(sum(p.n) FILTER (WHERE p.place_id IS NOT NULL), 0) AS bigint),
       CAST(coalesce(sum(p.n) FILTER (WHERE p.place_id IS NOT NULL AND p.is_stated), 0) AS bigint),
       CAST(coalesce(sum(p.n) FILTER (WHERE p.place_id IS NOT NULL AND p.is_stated AND p.is_elsewhere), 0) AS bigint),
       CAST(coalesce(max(b.n), 0) AS bigint)
FROM placed AS p
LEFT JOIN busiest AS b USING (area_code)
GROUP BY p.area_code
ORDER BY p.area_code COLLATE "C"
