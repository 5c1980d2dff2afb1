-- Staged rows into {target}: new months wait apart without an index, known ones are months of the incident table.
INSERT INTO {target} (
    month, incident_id, load_id, kind_id, siting_id, during, time_precision, place_precision, is_officer_generated,
    location, reference, outcome, not_counted_because, not_scored_because, source_agency, details
)
SELECT s.month,
       CAST(:load_id AS bigint) * :most_rows + s.row_number,
       :load_id,
       (CAST(:kind_ids AS integer[]))[s.kind_number],
       f.siting_id,
       CASE
           WHEN s.ends_at = 'infinity' THEN tstzrange(s.begins_at, NULL)
           WHEN s.ends_at = s.begins_at THEN tstzrange(s.begins_at, s.begins_at, '[]')
           ELSE tstzrange(s.begins_at, s.ends_at)
       END,
       (CAST(:time_precisions AS text[]))[s.time_precision],
       (CAST(:place_precisions AS text[]))[s.place_precision],
       s.is_officer_generated,
       f.location,
       s.reference,
       (CAST(:outcomes AS text[]))[s.outcome_number],
       e.not_counted_because,
       e.not_scored_because,
       e.source_agency,
       CAST(e.details AS jsonb)
FROM incident_staging AS s
JOIN siting_found AS f USING (siting_number)
LEFT JOIN event_staging AS e USING (row_number)
WHERE s.month = ANY (CAST(:months AS date[]))
