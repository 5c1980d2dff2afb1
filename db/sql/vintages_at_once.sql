-- Another vintage of a geography that would be in force on the same days and has the same live codes.
SELECT other.vintage, other.valid_from, other.valid_to, count(DISTINCT b.area_code) AS n_codes,
       min(b.area_code COLLATE "C") AS example
FROM geography AS own
JOIN geography AS other
  ON other.name = own.name AND other.vintage <> own.vintage
 AND daterange(other.valid_from, other.valid_to, '[]') && daterange(own.valid_from, own.valid_to, '[]')
JOIN area AS a ON a.geography_id = own.geography_id
JOIN area AS b ON b.geography_id = other.geography_id AND b.area_code = a.area_code
JOIN load AS la ON la.load_id = a.load_id AND la.state = 'live'
JOIN load AS lb ON lb.load_id = b.load_id AND lb.state = 'live'
WHERE (own.name, own.vintage) = (:name, :vintage)
  AND coalesce(own.valid_from, own.valid_to) IS NOT NULL
  AND coalesce(other.valid_from, other.valid_to) IS NOT NULL
GROUP BY other.vintage, other.valid_from, other.valid_to
ORDER BY other.vintage
LIMIT 1
