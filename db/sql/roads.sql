-- The road layer of some loads.
SELECT feature_name, ST_AsBinary(geom)
FROM context_layer
WHERE kind = 'roads' AND load_id = ANY (:load_ids)
ORDER BY load_id, row_number
