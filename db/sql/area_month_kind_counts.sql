-- Incidents that count, per area, month and category; those of other forces have no area and are not counted.
SELECT area_code, CAST(extract(year FROM i.month) * 12 + extract(month FROM i.month) - 1 AS integer) AS month_index, kind_id, is_officer, n
FROM (
    SELECT a.area_code, i.month, i.kind_id, i.is_officer_generated OR k.is_officer_generated AS is_officer,
           count(*) AS n
    FROM incident AS i
    JOIN siting_area AS a ON a.geography_id = :geography_id AND a.siting_id = i.siting_id
    JOIN incident_kind AS k USING (kind_id)
    WHERE i.load_id = ANY (:load_ids) AND i.month BETWEEN :first AND :last AND a.area_code IS NOT NULL
      AND i.not_counted_because IS NULL
    GROUP BY 1, 2, 3, 4
) AS i
ORDER BY area_code COLLATE "C", month_index, kind_id, is_officer
