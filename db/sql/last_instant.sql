-- The last instant of counted incidents whose time is better than the month, and the days since the first.
SELECT to_char(max(lower(during)) AT TIME ZONE :time_zone, 'YYYY-MM-DD HH24:MI') AS last_at,
       CAST(floor(extract(epoch FROM max(lower(during)) - min(lower(during))) / 86400) AS integer) AS n_days
FROM incident
WHERE load_id = ANY (:load_ids) AND time_precision <> 'month' AND not_counted_because IS NULL
