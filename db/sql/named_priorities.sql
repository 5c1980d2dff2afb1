-- How often a kind of issue was raised in a patrol area and not yet agreed to be solved.
SELECT area_code, named AS kind, CAST(count(*) AS integer) AS n
FROM (
    SELECT area_code, lower(trim(kind)) AS named
    FROM priority
    WHERE load_id = ANY (:load_ids)
      AND trim(coalesce(kind, '')) <> ''
      AND raised_on BETWEEN :first_day AND :last_day
      AND coalesce(agreed_solved_on > :last_day, true)
) AS raised
GROUP BY area_code, named
ORDER BY area_code COLLATE "C", named COLLATE "C"
