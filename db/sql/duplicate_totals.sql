-- Pairs that two agencies may both have recorded, by agencies and kind.
SELECT coalesce(i.source_agency, 'police') AS agency, coalesce(o.source_agency, 'police') AS other_agency, k.kind,
       count(*) AS n_pairs, count(DISTINCT i.incident_id) AS n_rows
FROM possible_duplicate AS d
JOIN incident AS i ON i.month = d.month AND i.incident_id = d.incident_id
JOIN incident AS o ON o.month = d.other_month AND o.incident_id = d.other_id
JOIN incident_kind AS k ON k.kind_id = i.kind_id
WHERE d.load_id = ANY (CAST(:load_ids AS integer[])) AND d.other_load_id = ANY (CAST(:load_ids AS integer[]))
  AND (
      cardinality(CAST(:of AS integer[])) = 0
      OR d.load_id = ANY (CAST(:of AS integer[])) OR d.other_load_id = ANY (CAST(:of AS integer[]))
  )
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
