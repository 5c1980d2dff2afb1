"""PostGIS: the private server, the schema, and the People x Place join that happens in the database."""
