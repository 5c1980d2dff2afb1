-- A log linked to another is not counted: the other is. Where that one is nowhere, the first of its logs stands for it.
WITH logs AS (
    SELECT e.row_number, s.reference, e.parent, e.not_counted_because
    FROM event_staging AS e
    JOIN incident_staging AS s USING (row_number)
    WHERE e.parent IS NOT NULL AND e.parent IS DISTINCT FROM s.reference
),
known AS (
    SELECT reference FROM incident_staging
    UNION
    SELECT i.reference
    FROM incident AS i
    JOIN load AS l USING (load_id)
    WHERE l.kind = 'incidents' AND l.source = :source AND l.scope <> :scope AND l.state = 'live'
      AND i.reference IN (SELECT parent FROM logs)
),
linked AS (
    SELECT row_number, parent IN (SELECT reference FROM known WHERE reference IS NOT NULL) AS has_parent,
           row_number() OVER (PARTITION BY parent ORDER BY row_number) AS nth
    FROM logs
    WHERE not_counted_because IS NULL
      -- of two logs that name each other, the first stands for both
      AND NOT EXISTS (
          SELECT FROM logs AS other
          WHERE other.reference = logs.parent AND other.parent = logs.reference AND other.row_number > logs.row_number
      )
)
UPDATE event_staging AS e
SET not_counted_because = 'linked_log'
FROM linked
WHERE e.row_number = linked.row_number AND (linked.has_parent OR linked.nth > 1)
