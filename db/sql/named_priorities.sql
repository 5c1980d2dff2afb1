-- How often a kind of issue was raised in a patrol area and not yet agreed to be solved.
SELECT area_code, lower(trim(kind)) AS kind, CAST(count(*) AS integer) AS n
FROM priority
WHERE load_id = ANY (:load_ids)
  AND trim(coalesce(kind, '')) <> ''
  AND raised_on BETWEEN :first_day AND :last_day
  AND coalesce(agreed_solved_on > :last_day, true)
GROUP BY 1, 2
ORDER BY area_code COLLATE "C", kind COLLATE "C"
