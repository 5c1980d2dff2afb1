-- A log linked to another is not counted: the other is. Where that one is nowhere, the first of its logs stands for it,
-- for good: a parent that comes in a later file than a log that stands for it is not counted any more.
WITH logs AS MATERIALIZED (
    SELECT e.row_number, s.reference, e.parent, e.not_counted_because
    FROM event_staging AS e
    JOIN incident_staging AS s USING (row_number)
    WHERE e.parent IS NOT NULL AND e.parent IS DISTINCT FROM s.reference
),
earlier AS MATERIALIZED (  -- live rows of other files that are parents, or have parents, of the staged ones
    SELECT i.reference, nullif(i.details ->> 'parent_log', i.reference) AS parent, i.not_counted_because
    FROM incident AS i
    JOIN load AS l USING (load_id)
    WHERE l.kind = 'incidents' AND l.source = :source AND l.scope <> :scope AND l.state = 'live'
      AND (
          i.reference IN (SELECT parent FROM logs)
          OR i.details ->> 'parent_log' IN (SELECT parent FROM logs UNION ALL SELECT reference FROM incident_staging)
      )
),
stood_for AS MATERIALIZED (
    SELECT DISTINCT parent AS reference FROM earlier WHERE parent IS NOT NULL AND not_counted_because IS NULL
),
known AS MATERIALIZED (  -- but for parents that count no more, because another log stands for them
    SELECT reference FROM incident_staging WHERE reference IS NOT NULL
    UNION
    SELECT reference
    FROM earlier
    WHERE reference IS NOT NULL AND (not_counted_because IS DISTINCT FROM 'linked_log' OR parent IS NOT NULL)
    UNION
    SELECT reference FROM stood_for
),
linked AS (
    SELECT row_number, parent IN (SELECT reference FROM known) AS has_parent,
           row_number() OVER (PARTITION BY parent ORDER BY row_number) AS nth
    FROM logs
    WHERE not_counted_because IS NULL
      -- of two logs that name each other, the first stands for both
      AND NOT EXISTS (
          SELECT FROM logs AS other
          WHERE other.reference = logs.parent AND other.parent = logs.reference AND other.row_number > logs.row_number
      )
),
late AS (
    SELECT row_number FROM incident_staging WHERE reference IN (SELECT reference FROM stood_for)
),
not_counted AS MATERIALIZED (
    SELECT row_number FROM linked WHERE has_parent OR nth > 1
    UNION
    SELECT row_number FROM late
),
told AS (
    UPDATE event_staging AS e
    SET not_counted_because = 'linked_log'
    FROM not_counted AS n
    WHERE e.row_number = n.row_number AND e.not_counted_because IS NULL
)
INSERT INTO event_staging (row_number, not_counted_because)  -- a parent that says nothing else of its event
SELECT row_number, 'linked_log' FROM late WHERE row_number NOT IN (SELECT row_number FROM event_staging)
