CREATE INDEX ON fresh_place USING gist (geom);
ANALYZE fresh_place
