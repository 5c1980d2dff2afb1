-- Each pair that two agencies may both have recorded, with the small area of the first.
SELECT coalesce(i.source_agency, 'police') AS agency, coalesce(o.source_agency, 'police') AS other_agency, k.kind,
       CAST(extract(year FROM i.month) * 12 + extract(month FROM i.month) - 1 AS integer) AS month_index,
       a.area_code, d.distance_m, d.gap_minutes
FROM possible_duplicate AS d
JOIN incident AS i ON i.month = d.month AND i.incident_id = d.incident_id
JOIN incident AS o ON o.month = d.other_month AND o.incident_id = d.other_id
JOIN incident_kind AS k ON k.kind_id = i.kind_id
LEFT JOIN siting_area AS a ON a.siting_id = i.siting_id
    AND a.geography_id = (SELECT geography_id FROM assignment WHERE is_small_area)
WHERE d.load_id = ANY (CAST(:load_ids AS integer[])) AND d.other_load_id = ANY (CAST(:load_ids AS integer[]))
ORDER BY d.incident_id, d.other_id
