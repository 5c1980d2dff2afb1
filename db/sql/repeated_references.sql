-- Ids of a load that stand on several rows, and those of them whose rows do not say the same.
SELECT count(*) AS n_repeated, count(*) FILTER (WHERE n_contents > 1) AS n_with_other_content
FROM (
    SELECT count(DISTINCT (kind_id, siting_id, during)) AS n_contents
    FROM incident
    WHERE load_id = :load_id AND reference IS NOT NULL
      AND month IN (SELECT unnest(months) FROM load WHERE load_id = :load_id)
    GROUP BY reference
    HAVING count(*) > 1
) AS repeated
