-- How fresh each source of incidents is, by its own last month and its own last instant.
SELECT l.source,
       l.source = ANY (CAST(:counted AS text[])) OR cardinality(CAST(:counted AS text[])) = 0,
       to_char(min(i.month), 'YYYY-MM'), to_char(max(i.month), 'YYYY-MM'),
       to_char(
           max(lower(i.during)) FILTER (WHERE i.time_precision <> 'month') AT TIME ZONE :time_zone, 'YYYY-MM-DD HH24:MI'
       ),
       count(*), count(*) FILTER (WHERE i.time_precision <> 'month')
FROM incident AS i
JOIN load AS l USING (load_id)
WHERE i.load_id = ANY (:load_ids)
GROUP BY l.source
ORDER BY l.source COLLATE "C"
