-- Values of every variable of a geography; where several loads hold one of an area, the last does.
SELECT area_code, name, numerator, denominator
FROM (
    SELECT DISTINCT ON (p.name, v.area_code) v.area_code, p.name, v.numerator, v.denominator
    FROM people_variable AS p
    JOIN geography AS g USING (geography_id)
    JOIN people_value AS v USING (variable_id)
    WHERE (g.name, g.vintage) = (:name, :vintage) AND p.load_id = ANY (:load_ids)
    ORDER BY p.name, v.area_code, p.load_id DESC
) AS latest
ORDER BY name COLLATE "C", area_code COLLATE "C"
