-- Overrides that multiply the score, as far as they hold on some day of a month.
SELECT override_id, ST_X(geom), ST_Y(geom), radius_m, factor, reason, owner
FROM zone_override
WHERE rule = 'nudge'
  AND factor IS NOT NULL
  AND load_id = ANY (:load_ids)
  AND valid_from <= :last_day
  AND coalesce(valid_to >= :first_day, true)
ORDER BY override_id COLLATE "C", load_id, row_number
