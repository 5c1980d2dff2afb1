-- Dissolved areas go when no area is live any more from which they could be dissolved.
UPDATE load
SET state = 'withdrawn'
WHERE kind = 'derived'
  AND state = 'live'
  AND EXISTS (SELECT FROM area AS a WHERE a.load_id = load.load_id AND a.geography_id = :parent_id)
  AND NOT EXISTS (
      SELECT FROM geography AS c
      JOIN area AS a ON a.geography_id = c.geography_id AND a.parent_code IS NOT NULL
      JOIN load AS l ON l.load_id = a.load_id AND l.state = 'live'
      WHERE c.parent_id = :parent_id
  )
