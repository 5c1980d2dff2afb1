-- Every load with its account.
SELECT load_id, kind, file_name, source,
       CASE cardinality(months)
           WHEN 0 THEN NULL
           WHEN 1 THEN to_char(months[1], 'YYYY-MM')
           ELSE to_char(months[1], 'YYYY-MM') || ' to ' || to_char(months[cardinality(months)], 'YYYY-MM')
       END,
       CASE WHEN state = 'superseded' THEN 'superseded by ' || superseded_by ELSE state END,
       rows_in, kept, rejected, to_char(loaded_at, 'YYYY-MM-DD HH24:MI')
FROM load
ORDER BY load_id
