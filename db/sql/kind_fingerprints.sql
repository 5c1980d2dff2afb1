-- How the categories of the sources of some loads are counted.
SELECT k.source, k.category, k.kind, k.is_street, k.is_officer_generated, k.weight
FROM incident_kind AS k
WHERE k.source IN (SELECT source FROM load WHERE load_id = ANY (:load_ids))
ORDER BY k.source COLLATE "C", k.category COLLATE "C"
