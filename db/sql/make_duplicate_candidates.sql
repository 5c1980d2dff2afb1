-- Incidents with a place and a time of their own, for the search for what two agencies recorded; gone with it.
CREATE TEMPORARY TABLE duplicate_candidate (
    load_id integer NOT NULL,
    incident_id bigint NOT NULL,
    month date NOT NULL,
    kind text NOT NULL,
    agency text NOT NULL,
    moved_m double precision NOT NULL,
    during tstzrange NOT NULL,
    geom geometry NOT NULL
) ON COMMIT DROP
