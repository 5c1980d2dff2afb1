-- The variables of some loads; where several loads declare one, the last does.
SELECT name, label, topic, unit, source_table, period, forms_segments, direction
FROM (
    SELECT DISTINCT ON (name) *
    FROM people_variable
    WHERE load_id = ANY (:load_ids)
    ORDER BY name, load_id DESC
) AS latest
ORDER BY load_id, position
