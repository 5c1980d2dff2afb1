-- The last outcome of the file for each crime, written to the live incidents that have its reference.
WITH latest AS MATERIALIZED (
    SELECT DISTINCT ON (reference) reference, outcome FROM outcome_staging ORDER BY reference, row_number DESC
),
known AS (
    SELECT i.month, i.incident_id, i.reference, i.outcome AS earlier, latest.outcome
    FROM latest
    JOIN incident AS i USING (reference)
    WHERE i.load_id IN (SELECT load_id FROM load WHERE kind = 'incidents' AND source = :source AND state = 'live')
),
changed AS (
    UPDATE incident AS i
    SET outcome = known.outcome
    FROM known
    WHERE (i.month, i.incident_id) = (known.month, known.incident_id)
      AND known.earlier IS DISTINCT FROM known.outcome
      AND (known.earlier IS NULL OR NOT :only_where_none)
    RETURNING i.incident_id
)
SELECT (SELECT count(*) FROM latest) AS n_crimes,
       (SELECT count(DISTINCT reference) FROM known) AS n_known,
       (SELECT count(*) FROM changed) AS n_changed
