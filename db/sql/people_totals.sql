-- What each variable of a geography comes to in a nation; where several loads hold one, the last does.
SELECT name, place, n_areas, numerator, denominator
FROM (
    SELECT DISTINCT ON (p.name, t.place) p.name, t.place, t.n_areas, t.numerator, t.denominator
    FROM people_variable AS p
    JOIN geography AS g USING (geography_id)
    JOIN people_total AS t USING (variable_id)
    WHERE (g.name, g.vintage) = (:name, :vintage) AND p.load_id = ANY (:load_ids)
    ORDER BY p.name, t.place, p.load_id DESC
) AS latest
ORDER BY name COLLATE "C", place COLLATE "C"
