-- The calendar on the wall clock of the force, each row once however often it is loaded.
SELECT DISTINCT category, name, begins_at AT TIME ZONE :time_zone AS begins, ends_at AT TIME ZONE :time_zone AS ends,
       area_code
FROM calendar
WHERE load_id = ANY (:load_ids)
ORDER BY begins, ends, category, name, area_code
