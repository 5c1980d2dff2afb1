-- Runs that read a load.
SELECT run_id FROM run WHERE :load_id = ANY (load_ids) ORDER BY run_id
