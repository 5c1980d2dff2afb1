-- Whether the live incidents come from more than one agency; those without a name are of the police.
SELECT count(DISTINCT agency) > 1
FROM load AS l
CROSS JOIN LATERAL unnest(CASE WHEN cardinality(l.agencies) = 0 THEN ARRAY['police'] ELSE l.agencies END) AS a (agency)
WHERE l.kind = 'incidents' AND l.state = 'live'
