-- How well incidents are placed.
WITH placed AS MATERIALIZED (
    SELECT s.place_id, a.area_how, a.area_code, covering.area_code AS point_code, count(*) AS n
    FROM incident AS i
    JOIN siting AS s USING (siting_id)
    LEFT JOIN siting_area AS a ON a.geography_id = CAST(:geography_id AS integer) AND a.siting_id = i.siting_id
    LEFT JOIN place_area AS covering ON covering.geography_id = CAST(:geography_id AS integer) AND covering.place_id = s.place_id
    WHERE i.load_id = ANY (:load_ids)
      AND i.month IN (SELECT unnest(months) FROM load WHERE load_id = ANY (:load_ids))
    GROUP BY 1, 2, 3, 4
),
busiest AS (
    SELECT sum(n) AS n FROM placed WHERE place_id IS NOT NULL GROUP BY place_id ORDER BY n DESC LIMIT 10
)
SELECT CAST(coalesce(sum(n), 0) AS bigint) AS n_rows,
       CAST(coalesce(sum(n) FILTER (WHERE place_id IS NOT NULL), 0) AS bigint) AS n_placed,
       CAST(coalesce(sum(n) FILTER (WHERE area_how = 'outside'), 0) AS bigint) AS n_outside,
       CAST(coalesce((SELECT sum(n) FROM busiest), 0) AS bigint) AS n_on_ten_busiest,
       CAST(coalesce(sum(n) FILTER (
           WHERE area_how IN ('stated', 'lookup') AND place_id IS NOT NULL
       ), 0) AS bigint) AS n_stated,
       CAST(coalesce(sum(n) FILTER (
           WHERE area_how IN ('stated', 'lookup') AND place_id IS NOT NULL AND point_code IS DISTINCT FROM area_code
       ), 0) AS bigint) AS n_disagree
FROM placed
