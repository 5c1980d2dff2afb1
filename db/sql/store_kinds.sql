-- How each category of a source is counted; the latest statement holds, and one that says the same writes nothing.
INSERT INTO incident_kind AS known (source, category, kind, is_street, is_officer_generated, weight)
SELECT :source, category, kind, is_street, is_officer_generated, weight
FROM unnest(
    CAST(:categories AS text[]), CAST(:kinds AS text[]), CAST(:are_street AS boolean[]),
    CAST(:are_officer_generated AS boolean[]), CAST(:weights AS double precision[])
) AS stated (category, kind, is_street, is_officer_generated, weight)
ON CONFLICT (source, category) DO UPDATE
SET kind = excluded.kind,
    is_street = excluded.is_street,
    is_officer_generated = excluded.is_officer_generated,
    weight = excluded.weight
WHERE (known.kind, known.is_street, known.is_officer_generated, known.weight)
    IS DISTINCT FROM (excluded.kind, excluded.is_street, excluded.is_officer_generated, excluded.weight)
