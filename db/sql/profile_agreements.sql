-- The latest decision on the profile of each area.
SELECT DISTINCT ON (area_code COLLATE "C") area_code, state, to_char(decided_on, 'YYYY-MM-DD'), decided_by, partners,
       profile_month, note
FROM profile_agreement
WHERE load_id = ANY (:load_ids)
ORDER BY area_code COLLATE "C", decided_on DESC, load_id DESC, row_number DESC
