-- Who holds an advisory lock (taken by one bigint key) in this database.
SELECT a.pid,
       coalesce(nullif(a.application_name, ''), 'unnamed') AS application,
       to_char(coalesce(a.xact_start, a.backend_start), 'YYYY-MM-DD HH24:MI') AS since
FROM pg_locks AS k
JOIN pg_stat_activity AS a USING (pid)
WHERE k.locktype = 'advisory'
  AND k.granted
  AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND k.classid = 0
  AND k.objid = :key
  AND k.objsubid = 1
ORDER BY a.pid
LIMIT 1
