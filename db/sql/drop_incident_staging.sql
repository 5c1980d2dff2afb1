-- The next file of the same transaction makes its own.
DROP TABLE incident_staging, siting_staging, siting_found, event_staging
