-- Boundaries that are loaded win over those dissolved from smaller areas.
UPDATE load
SET state = 'superseded', superseded_by = :load_id
WHERE kind = 'derived' AND state = 'live' AND source = :source
