-- In the order of their Hilbert curve, so that the index below is packed by nearness.
INSERT INTO fresh_place (place_id, geom)
SELECT p.place_id, p.geom
FROM place AS p
WHERE NOT EXISTS (
    SELECT FROM place_area AS known WHERE known.geography_id = :geography_id AND known.place_id = p.place_id
)
ORDER BY p.geom
