-- How one category of a source is counted; the latest statement holds.
INSERT INTO incident_kind (source, category, kind, is_street, is_officer_generated, weight)
VALUES (:source, :category, :kind, :is_street, :is_officer_generated, :weight)
ON CONFLICT (source, category) DO UPDATE
SET kind = excluded.kind,
    is_street = excluded.is_street,
    is_officer_generated = excluded.is_officer_generated,
    weight = excluded.weight
