-- Incidents that count and may score, per place, month and category; police-generated where the row says so or its
-- category does.
SELECT place_id, CAST(extract(year FROM i.month) * 12 + extract(month FROM i.month) - 1 AS integer) AS month_index, kind_id, is_officer, n
FROM (
    SELECT s.place_id, i.month, i.kind_id, i.is_officer_generated OR k.is_officer_generated AS is_officer,
           count(*) AS n
    FROM incident AS i
    JOIN siting AS s USING (siting_id)
    JOIN incident_kind AS k USING (kind_id)
    WHERE i.load_id = ANY (:load_ids) AND i.month BETWEEN :first AND :last AND s.place_id IS NOT NULL
      AND i.not_counted_because IS NULL AND i.not_scored_because IS NULL
    GROUP BY 1, 2, 3, 4
) AS i
ORDER BY place_id, month_index, kind_id, is_officer
