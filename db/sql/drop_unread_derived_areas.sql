-- Dissolved areas that gave way before any run read them can be made again at will.
DELETE FROM area
USING load AS l
WHERE area.load_id = l.load_id
  AND l.kind = 'derived'
  AND l.superseded_by = :load_id
  AND NOT EXISTS (SELECT FROM run WHERE l.load_id = ANY (run.load_ids))
