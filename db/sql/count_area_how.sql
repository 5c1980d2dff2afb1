-- Incidents of live loads by how their small area was found.
SELECT s.area_how, count(*) AS n
FROM incident AS i
JOIN load AS l ON l.load_id = i.load_id AND l.state = 'live'
JOIN siting_area AS s ON s.siting_id = i.siting_id AND s.geography_id = :geography_id
GROUP BY s.area_how
ORDER BY s.area_how
