-- Dissolved areas that boundaries had replaced are live again, or give way to other boundaries of the same geography.
WITH other AS (
    SELECT min(l.load_id) AS load_id
    FROM load AS l
    WHERE l.kind = 'boundaries'
      AND l.state = 'live'
      AND EXISTS (SELECT FROM area AS a WHERE a.load_id = l.load_id AND a.geography_id = :geography_id)
)
UPDATE load
SET state = CASE WHEN other.load_id IS NULL THEN 'live' ELSE 'superseded' END, superseded_by = other.load_id
FROM other
WHERE load.kind = 'derived' AND load.superseded_by = :load_id
