-- What the join to a geography depends on: its live boundaries and, for small areas, every live look-up.
SELECT encode(sha256(convert_to(string_agg(l.kind || l.sha256, ' ' ORDER BY l.load_id), 'UTF8')), 'hex')
FROM load AS l
WHERE l.state = 'live'
  AND (
      EXISTS (SELECT FROM area AS a WHERE a.load_id = l.load_id AND a.geography_id = :geography_id)
      OR (CAST(:with_links AS boolean) AND l.kind = 'links')
  )
HAVING bool_or(l.kind <> 'links')
