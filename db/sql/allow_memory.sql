-- Sorts and hash tables of a load stay in memory; the setting ends with the transaction.
SET LOCAL work_mem = '128MB';
SET LOCAL maintenance_work_mem = '256MB'
