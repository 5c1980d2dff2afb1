-- Of rows of a load that lie outside the force, how many would lie inside if x and y changed places; some places suffice.
WITH outside AS MATERIALIZED (
    SELECT s.place_id, count(*) AS n
    FROM incident AS i
    JOIN siting AS s USING (siting_id)
    JOIN siting_area AS a ON a.geography_id = :geography_id AND a.siting_id = i.siting_id
    WHERE i.load_id = :load_id
      AND i.month BETWEEN (SELECT min(m) FROM load, unnest(months) AS m WHERE load_id = :load_id)
      AND (SELECT max(m) FROM load, unnest(months) AS m WHERE load_id = :load_id)
      AND a.area_how = 'outside'
      AND s.place_id IS NOT NULL
    GROUP BY s.place_id
    ORDER BY s.place_id
    LIMIT 500
),
exchanged AS MATERIALIZED (
    SELECT o.n,
           CASE WHEN abs(p.source_x) <= 90 OR abs(p.source_x) > 180  -- else it cannot be a latitude
                THEN ST_Transform(
                    ST_SetSRID(ST_MakePoint(p.source_y, p.source_x), p.source_epsg), ST_SRID(p.geom)
                )
           END AS geom
    FROM outside AS o
    JOIN place AS p USING (place_id)
)
SELECT CAST(coalesce(sum(n), 0) AS bigint) AS n_outside,
       CAST(coalesce(sum(n) FILTER (WHERE EXISTS (
           SELECT FROM area AS a JOIN load AS l USING (load_id)
           WHERE a.geography_id = :geography_id AND l.state = 'live' AND ST_Covers(a.geom, exchanged.geom)
       )), 0) AS bigint) AS n_inside
FROM exchanged
