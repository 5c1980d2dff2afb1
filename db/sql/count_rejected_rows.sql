-- A row that fails in several columns is one row refused.
SELECT count(DISTINCT row_number) FROM rejected_row WHERE load_id = :load_id
