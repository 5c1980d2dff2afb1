-- A geography is made when its first file is loaded.
INSERT INTO geography (name, vintage) VALUES (:name, :vintage) ON CONFLICT (name, vintage) DO NOTHING
