-- Refused rows of one load by reason; a row is counted once, under the first of its reasons.
SELECT reason, count(*) AS n
FROM (
    SELECT DISTINCT ON (row_number) row_number, reason
    FROM rejected_row
    WHERE load_id = :load_id
    ORDER BY row_number, rejected_row_id
) AS refused
GROUP BY reason
ORDER BY reason COLLATE "C"
