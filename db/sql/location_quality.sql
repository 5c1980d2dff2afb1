-- How well incidents are placed: of each load, or of all together (part 0).
WITH sited AS MATERIALIZED (  -- between months that are known when the statement begins: other partitions are not read
    SELECT CASE WHEN :by_load THEN i.load_id ELSE 0 END AS part, i.siting_id, count(*) AS n
    FROM incident AS i
    WHERE i.load_id = ANY (:load_ids)
      AND i.month BETWEEN (SELECT min(m) FROM load, unnest(months) AS m WHERE load_id = ANY (:load_ids))
      AND (SELECT max(m) FROM load, unnest(months) AS m WHERE load_id = ANY (:load_ids))
    GROUP BY 1, 2
),
placed AS MATERIALIZED (
    SELECT i.part, s.place_id, a.area_how, a.area_code, covering.area_code AS point_code, i.n
    FROM sited AS i
    JOIN siting AS s USING (siting_id)
    LEFT JOIN siting_area AS a ON a.geography_id = CAST(:geography_id AS integer) AND a.siting_id = i.siting_id
    LEFT JOIN place_area AS covering
        ON covering.geography_id = CAST(:geography_id AS integer) AND covering.place_id = s.place_id
),
busiest AS (
    SELECT part, sum(n) AS n
    FROM (
        SELECT part, sum(n) AS n, row_number() OVER (PARTITION BY part ORDER BY sum(n) DESC) AS nth
        FROM placed
        WHERE place_id IS NOT NULL
        GROUP BY part, place_id
    ) AS point
    WHERE nth <= 10
    GROUP BY part
)
SELECT part,
       CAST(sum(p.n) AS bigint) AS n_rows,
       CAST(coalesce(sum(p.n) FILTER (WHERE place_id IS NOT NULL), 0) AS bigint) AS n_placed,
       CAST(coalesce(sum(p.n) FILTER (WHERE area_how = 'outside'), 0) AS bigint) AS n_outside,
       CAST(coalesce(min(b.n), 0) AS bigint) AS n_on_ten_busiest,
       CAST(coalesce(sum(p.n) FILTER (
           WHERE area_how IN ('stated', 'lookup') AND place_id IS NOT NULL
       ), 0) AS bigint) AS n_stated,
       CAST(coalesce(sum(p.n) FILTER (
           WHERE area_how IN ('stated', 'lookup') AND place_id IS NOT NULL AND point_code IS DISTINCT FROM area_code
       ), 0) AS bigint) AS n_disagree
FROM placed AS p
LEFT JOIN busiest AS b USING (part)
GROUP BY part
