-- Rows and distinct sitings of one file, as they come from it; gone with the transaction.
CREATE TEMPORARY TABLE incident_staging (
    row_number integer NOT NULL,
    month date NOT NULL,
    kind_number integer NOT NULL,
    siting_number integer NOT NULL,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    time_precision smallint NOT NULL,
    place_precision smallint NOT NULL,
    outcome_number integer NOT NULL,
    is_officer_generated boolean NOT NULL,
    reference text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE siting_staging (
    siting_number integer NOT NULL,
    n integer NOT NULL,
    source_x double precision NOT NULL,
    source_y double precision NOT NULL,
    map_x double precision NOT NULL,
    map_y double precision NOT NULL,
    stated_area_code text,
    location text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE siting_found (
    siting_number integer NOT NULL,
    siting_id integer NOT NULL,
    location text
) ON COMMIT DROP;
CREATE TEMPORARY TABLE event_staging (
    row_number integer NOT NULL,
    parent text,
    crime_reference text,
    not_counted_because text,
    not_scored_because text,
    source_agency text,
    details text
) ON COMMIT DROP
