-- Ids of a load that stand on several rows, and those of them whose rows do not say the same.
WITH row_of_load AS NOT MATERIALIZED (
    SELECT reference, kind_id, siting_id, during
    FROM incident
    WHERE load_id = :load_id AND reference IS NOT NULL
      AND month BETWEEN (SELECT min(m) FROM load, unnest(months) AS m WHERE load_id = :load_id)
      AND (SELECT max(m) FROM load, unnest(months) AS m WHERE load_id = :load_id)
),
repeated AS MATERIALIZED (
    SELECT reference FROM row_of_load GROUP BY reference HAVING count(*) > 1
)
SELECT count(*) AS n_repeated, count(*) FILTER (WHERE n_contents > 1) AS n_with_other_content
FROM (
    SELECT count(DISTINCT (kind_id, siting_id, during)) AS n_contents
    FROM row_of_load
    JOIN repeated USING (reference)
    GROUP BY reference
) AS said
