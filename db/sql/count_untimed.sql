-- Incidents of which only the month is known.
SELECT count(*)
FROM incident AS i
WHERE i.load_id = ANY (:load_ids) AND i.month BETWEEN :first AND :last AND i.time_precision = 'month'
  AND i.not_counted_because IS NULL AND i.not_scored_because IS NULL
