-- A polygon that was valid in its file may touch itself after the transformation: only polygons are kept of the repair.
UPDATE area
SET geom = ST_Multi(ST_CollectionExtract(ST_MakeValid(geom), 3)), was_repaired = true
WHERE load_id = :load_id AND NOT ST_IsValid(geom)
