-- How each category is counted, for some sources or for all.
SELECT kind_id, source, category, kind, is_street, is_officer_generated, weight
FROM incident_kind
WHERE cardinality(CAST(:sources AS text[])) = 0 OR source = ANY (:sources)
ORDER BY source COLLATE "C", category COLLATE "C"
