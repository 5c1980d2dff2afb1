-- What each of some loads holds, in the order in which they were loaded.
SELECT kind, source, scope, sha256, mapping_sha256
FROM load
WHERE load_id = ANY (:load_ids)
ORDER BY load_id
