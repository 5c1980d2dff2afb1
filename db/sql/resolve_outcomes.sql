-- What became of the crimes that some loads name: by the live file of the latest month that names them, else by their own
-- rows. What a row itself says is kept before anything else takes its place, so that it can be had back.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT reference FROM crime_outcome WHERE load_id = ANY (:load_ids)
),
latest AS MATERIALIZED (
    SELECT DISTINCT ON (o.reference) o.reference, o.outcome
    FROM crime_outcome AS o
    JOIN touched USING (reference)
    JOIN load AS l USING (load_id)
    WHERE l.state = 'live' AND o.incident_source = :source
    ORDER BY o.reference, l.months[1] DESC, l.load_id DESC
),
known AS MATERIALIZED (
    SELECT i.month, i.incident_id, i.reference, l.state, i.outcome AS earlier, stated.month IS NOT NULL AS is_kept,
           CASE
               WHEN latest.reference IS NOT NULL THEN latest.outcome
               WHEN stated.month IS NOT NULL THEN stated.outcome
               ELSE i.outcome
           END AS outcome
    FROM touched
    JOIN incident AS i USING (reference)
    JOIN load AS l ON l.load_id = i.load_id AND (l.kind, l.source) = ('incidents', :source)
    LEFT JOIN latest USING (reference)
    LEFT JOIN stated_outcome AS stated ON (stated.month, stated.incident_id) = (i.month, i.incident_id)
),
kept AS (
    INSERT INTO stated_outcome (month, incident_id, outcome)
    SELECT month, incident_id, earlier FROM known WHERE NOT is_kept AND earlier IS DISTINCT FROM outcome
),
changed AS (
    UPDATE incident AS i
    SET outcome = known.outcome
    FROM known
    WHERE (i.month, i.incident_id) = (known.month, known.incident_id)
      AND known.earlier IS DISTINCT FROM known.outcome
    RETURNING known.state
)
SELECT (SELECT count(*) FROM crime_outcome WHERE load_id = :load_id) AS n_crimes,
       (SELECT count(DISTINCT reference) FROM known JOIN crime_outcome AS o USING (reference)
        WHERE o.load_id = :load_id AND known.state = 'live') AS n_known,
       (SELECT count(*) FROM changed WHERE state = 'live') AS n_changed
