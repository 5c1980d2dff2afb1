-- The next file of the same transaction makes its own.
DROP TABLE incident_staging, siting_staging, place_found, siting_found, event_staging
