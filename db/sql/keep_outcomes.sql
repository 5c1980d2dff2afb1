-- The last outcome that a file has for each crime; a file that is loaded again has them already.
INSERT INTO crime_outcome (load_id, reference, incident_source, outcome)
SELECT DISTINCT ON (reference) CAST(:load_id AS integer), reference, :source, outcome
FROM outcome_staging
ORDER BY reference, row_number DESC
ON CONFLICT DO NOTHING
