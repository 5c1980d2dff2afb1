-- A bare month, not yet a partition of the incident table.
CREATE TABLE {partition} (LIKE incident INCLUDING CONSTRAINTS INCLUDING COMMENTS);
COMMENT ON TABLE {partition} IS 'The incidents of one local month.'
