-- Sorts and hash tables of a load stay in memory, and statistics come from a small sample; the settings end with the
-- transaction.
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '256MB';
SET LOCAL default_statistics_target = 10
