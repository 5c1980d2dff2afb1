-- Their loads go with them.
DELETE FROM load AS l
WHERE l.kind = 'derived'
  AND l.superseded_by = :load_id
  AND NOT EXISTS (SELECT FROM run WHERE l.load_id = ANY (run.load_ids))
  AND NOT EXISTS (SELECT FROM load AS earlier WHERE earlier.superseded_by = l.load_id)
