-- A log that became a crime is not counted where the crime itself is; otherwise the first of its logs stands for it.
WITH logs AS (
    SELECT e.row_number, e.crime_reference, s.reference IS NOT DISTINCT FROM e.crime_reference AS is_crime
    FROM event_staging AS e
    JOIN incident_staging AS s USING (row_number)
    WHERE e.crime_reference IS NOT NULL AND e.not_counted_because IS NULL
),
known AS (
    SELECT reference FROM incident_staging
    UNION
    SELECT i.reference
    FROM incident AS i
    JOIN load AS l USING (load_id)
    WHERE l.kind = 'incidents' AND l.source = :source AND l.scope <> :scope AND l.state = 'live'
      AND i.reference IN (SELECT crime_reference FROM logs)
),
ranked AS (
    SELECT row_number, is_crime,
           crime_reference IN (SELECT reference FROM known WHERE reference IS NOT NULL) AS has_crime,
           row_number() OVER (PARTITION BY crime_reference ORDER BY is_crime DESC, row_number) AS nth
    FROM logs
)
UPDATE event_staging AS e
SET not_counted_because = 'became_crime'
FROM ranked
WHERE e.row_number = ranked.row_number AND (ranked.nth > 1 OR (ranked.has_crime AND NOT ranked.is_crime))
