-- The live load of the same kind, source and scope gives way to a new one.
UPDATE load AS earlier
SET state = 'superseded', superseded_by = fresh.load_id
FROM load AS fresh
WHERE fresh.load_id = :load_id
  AND earlier.load_id <> fresh.load_id
  AND earlier.state = 'live'
  AND (earlier.kind, earlier.source, earlier.scope) = (fresh.kind, fresh.source, fresh.scope)
RETURNING earlier.load_id
