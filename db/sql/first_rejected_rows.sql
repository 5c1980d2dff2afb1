-- The first refused rows of a load.
SELECT row_number, column_name, reason, raw
FROM rejected_row
WHERE load_id = :load_id
ORDER BY row_number, rejected_row_id
LIMIT 20
