-- Which agencies other than the police recorded the rows of some loads.
UPDATE load AS l
SET agencies = coalesce((
    SELECT array_agg(DISTINCT i.source_agency COLLATE "C" ORDER BY i.source_agency COLLATE "C")
    FROM incident AS i
    WHERE i.load_id = l.load_id AND i.month = ANY (l.months) AND i.source_agency IS NOT NULL
), '{}')
WHERE l.load_id = ANY (CAST(:load_ids AS integer[])) AND l.kind = 'incidents'
