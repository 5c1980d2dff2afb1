-- A parent without indexes, so that one statement fills many bare months.
CREATE TABLE incident_incoming (LIKE incident INCLUDING CONSTRAINTS) PARTITION BY RANGE (month)
