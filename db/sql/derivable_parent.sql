-- The geography into which a geography's areas are to be dissolved: its parent, unless boundaries of the parent are
-- loaded, or an earlier geography has the same parent.
SELECT p.geography_id AS parent_id, p.name, p.vintage, c.name || ':' || c.vintage AS child,
       string_agg(DISTINCT l.sha256, ' ') AS fingerprints
FROM geography AS c
JOIN geography AS p ON p.geography_id = c.parent_id
JOIN area AS a ON a.geography_id = c.geography_id AND a.parent_code IS NOT NULL
JOIN load AS l ON l.load_id = a.load_id AND l.state = 'live'
WHERE c.geography_id = :child_id
  AND NOT EXISTS (
      SELECT FROM area AS own JOIN load AS brought USING (load_id)
      WHERE own.geography_id = p.geography_id AND brought.kind = 'boundaries' AND brought.state = 'live'
  )
  AND NOT EXISTS (
      SELECT FROM geography AS sibling
      JOIN area AS other ON other.geography_id = sibling.geography_id AND other.parent_code IS NOT NULL
      JOIN load AS brought ON brought.load_id = other.load_id AND brought.state = 'live'
      WHERE sibling.parent_id = c.parent_id AND sibling.geography_id < c.geography_id
  )
GROUP BY p.geography_id, p.name, p.vintage, c.name, c.vintage
