-- Priorities of the communities as they stood on the last day: You Said, We Did, told, agreed solved.
SELECT priority_id, area_code, raised_on, issue, kind, action,
       CASE WHEN told_on <= :last_day THEN told_on END,
       CASE WHEN agreed_solved_on <= :last_day THEN agreed_solved_on END, owner
FROM priority
WHERE load_id = ANY (:load_ids) AND raised_on BETWEEN :first_day AND :last_day
ORDER BY area_code COLLATE "C", raised_on DESC, priority_id COLLATE "C", issue COLLATE "C"
