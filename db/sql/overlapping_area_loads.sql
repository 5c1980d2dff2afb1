-- Live loads of other files that hold areas of the same geography which a new load holds too.
SELECT l.load_id, l.file_name, count(*) AS n_areas, count(fresh.area_code) AS n_shared,
       min(fresh.area_code COLLATE "C") AS example
FROM load AS l
JOIN area AS a USING (load_id)
JOIN load AS mine ON mine.load_id = :load_id
LEFT JOIN area AS fresh
    ON fresh.load_id = mine.load_id AND fresh.geography_id = a.geography_id AND fresh.area_code = a.area_code
WHERE l.kind = 'boundaries'
  AND l.state = 'live'
  AND l.scope <> mine.scope
  AND a.geography_id = :geography_id
GROUP BY l.load_id, l.file_name
HAVING count(fresh.area_code) > 0
ORDER BY l.load_id
