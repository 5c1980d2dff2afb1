-- Counted incidents whose time is known, by area and whole days before the last instant.
WITH latest AS (
    SELECT max(lower(during)) AS at
    FROM incident
    WHERE load_id = ANY (:load_ids) AND time_precision <> 'month' AND not_counted_because IS NULL
)
SELECT area_code, age_days, kind_id, is_officer, n
FROM (
    SELECT a.area_code, CAST(floor(extract(epoch FROM latest.at - lower(i.during)) / 86400) AS integer) AS age_days,
           i.kind_id, i.is_officer_generated OR k.is_officer_generated AS is_officer, count(*) AS n
    FROM latest
    CROSS JOIN incident AS i
    JOIN siting_area AS a ON a.geography_id = :geography_id AND a.siting_id = i.siting_id
    JOIN incident_kind AS k USING (kind_id)
    WHERE i.load_id = ANY (:load_ids) AND i.time_precision <> 'month' AND i.not_counted_because IS NULL
      AND a.area_code IS NOT NULL AND lower(i.during) > latest.at - make_interval(days => :n_days)
    GROUP BY 1, 2, 3, 4
) AS counted
ORDER BY area_code COLLATE "C", age_days, kind_id, is_officer
