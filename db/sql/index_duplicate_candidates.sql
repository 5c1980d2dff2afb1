-- Place and time in one index, so that each incident meets only what is near in both.
CREATE INDEX ON duplicate_candidate USING gist (geom, during);
ANALYZE duplicate_candidate
