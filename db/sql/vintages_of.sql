-- The vintages of a geography of which areas are live, and whether their dates hold on some of the days asked for.
SELECT g.vintage, g.valid_from, g.valid_to,
       coalesce(g.valid_from, g.valid_to) IS NOT NULL AS is_dated,
       daterange(g.valid_from, g.valid_to, '[]') && daterange(:first_day, :last_day, '[]') AS is_in_force
FROM geography AS g
WHERE g.name = :name
  AND EXISTS (
      SELECT FROM area AS a JOIN load AS l USING (load_id)
      WHERE a.geography_id = g.geography_id AND l.state = 'live'
  )
ORDER BY g.vintage
