-- The outcomes of one file; gone with the transaction.
CREATE TEMPORARY TABLE outcome_staging (
    row_number integer NOT NULL,
    reference text NOT NULL,
    outcome text NOT NULL
) ON COMMIT DROP
